import { type EventStore } from '../../application/event-store/event-store.ts';

type Reads = Pick<EventStore, 'start' | 'readAll' | 'head'>;

/** Reads that reject once aborted: whoever replays the log gives up at the next page. */
export const stoppableReads = (store: Reads, signal: AbortSignal | undefined): Reads => ({
  start: store.start,
  head: () => store.head(),
  readAll: (...asked) =>
    signal?.aborted === true ? Promise.reject(new Error('Stopped.')) : store.readAll(...asked),
});
