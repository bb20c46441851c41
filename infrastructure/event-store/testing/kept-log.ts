// The least log there is: keeps what is appended, checks nothing. For specs about sealing and decoding only.
import * as TE from 'fp-ts/lib/TaskEither.js';
import {
  type Append,
  type EventLog,
  type Position,
  type RecordedStoredEvent,
} from '../../../application/event-store/event-log.ts';
import { noon } from './samples.ts';

const at = (position: number): Position => String(position).padStart(20, '0') as Position;

export type KeptLog = {
  readonly log: EventLog;
  readonly kept: RecordedStoredEvent[]; // Specs may tamper with it
  readonly appends: Append[];
};

export const createKeptLog = (onAppend: (append: Append) => void = () => {}): KeptLog => {
  const kept: RecordedStoredEvent[] = [];
  const appends: Append[] = [];
  const inStream = (stream: string) => kept.filter((event) => event.stream === stream);
  const append = (asked: Append) => {
    onAppend(asked);
    appends.push(asked);
    const firstRevision = inStream(asked.stream).length;
    for (const [index, event] of asked.events.entries()) {
      kept.push({
        ...event,
        position: at(kept.length + 1),
        stream: asked.stream,
        revision: firstRevision + index,
        recordedAt: noon,
      });
    }
    return TE.right({ position: at(kept.length), firstRevision, recordedAt: noon });
  };
  const log: EventLog = {
    start: at(0),
    append,
    readStream: (stream, { from = 0, limit = Infinity } = {}) =>
      Promise.resolve(inStream(stream).slice(from, from + limit)),
    readStreams: (streams, limit) =>
      Promise.resolve(streams.flatMap((stream) => inStream(stream).slice(0, limit))),
    readAll: (after, limit, { types } = {}) =>
      Promise.resolve(
        kept
          .filter(({ position, type }) => position > after && (types?.includes(type) ?? true))
          .slice(0, limit),
      ),
    readAt: (positions) =>
      Promise.resolve(kept.filter(({ position }) => positions.includes(position))),
    // eslint-disable-next-line @typescript-eslint/require-await -- the port's form
    subscribe: async function* (after) {
      yield kept.filter(({ position }) => position > after);
    },
    head: () => Promise.resolve(at(kept.length)),
    close: () => Promise.resolve(),
  };
  return { log, kept, appends };
};
