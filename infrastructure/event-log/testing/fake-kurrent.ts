// Stands in for a KurrentDB server in tests of the adapter, as its client's types, sources and documentation describe it:
// reads begin with the given position, subscriptions after it, the server's own events are everywhere, and faults are
// frequent. It proves that the adapter copes with these, not that a real server is like this.
import { PassThrough, Readable } from 'node:stream';
import type * as db from '@eventstore/db-client';
import { type KurrentClient } from '../kurrentdb/kurrent-client.ts';
import { createRandom } from '../../repeatable/random.ts';

type Entry = db.AllStreamBinaryRecordedEvent;
const noStream = 'no_stream';

const failure = (fields: Readonly<Record<string, unknown>>): Error =>
  Object.assign(new Error('fake'), fields);

const reading = <E>(items: readonly E[], error?: Error): db.StreamingRead<E> => {
  const source = function* () {
    yield* items;
    if (error !== undefined) throw error;
  };
  const stream = Object.assign(Readable.from(source()), { cancel: () => Promise.resolve() });
  return stream;
};

/** `faults`: the share of calls and deliveries that fail, half of the appends among them after being stored. */
export const createFakeKurrent = ({ faults }: { readonly faults: number }): KurrentClient => {
  const random = createRandom(1);
  const all: Entry[] = [];
  const subscribers = new Set<(entry: Entry) => void>();

  const record = (streamId: string, event: db.BinaryEventData): void => {
    const n = BigInt(all.length + 1) * 100n;
    const entry = {
      streamId,
      id: event.id,
      isJson: false,
      revision: BigInt(all.filter((one) => one.streamId === streamId).length),
      type: event.type,
      created: new Date(),
      data: event.data,
      metadata: JSON.parse(JSON.stringify(event.metadata ?? null)) as db.MetadataType,
      position: { commit: n + 7n, prepare: n },
    } as Entry;
    all.push(entry);
    for (const deliver of [...subscribers]) deliver(entry);
  };
  const recordSystemEvent = (): void =>
    record('$stats-1', {
      id: `00000000-0000-4000-8000-${String(all.length).padStart(12, '0')}`,
      contentType: 'application/octet-stream',
      type: '$statsCollected',
      data: Buffer.from('{}'),
      metadata: undefined,
    });

  const inStream = (stream: string): readonly Entry[] =>
    all.filter(({ streamId }) => streamId === stream);

  const append = async (
    stream: string,
    events: readonly db.BinaryEventData[],
    expected: db.AppendExpectedRevision,
  ): Promise<db.AppendResult> => {
    await new Promise((resolve) => setImmediate(resolve));
    if (random.chance(faults / 2)) throw failure({ code: 14 });
    const found = inStream(stream);
    const repeated = found.findIndex(({ id }) => id === events[0]?.id);
    const actual = found.length === 0 ? noStream : BigInt(found.length - 1);
    if (repeated !== -1)
      return { success: true, nextExpectedRevision: BigInt(repeated + events.length - 1) };
    if (expected !== 'any' && expected !== actual) {
      throw failure({ type: 'wrong-expected-version', actualVersion: actual });
    }
    for (const event of events) record(stream, event);
    if (random.chance(0.3)) recordSystemEvent();
    if (random.chance(faults / 2)) throw failure({ type: 'deadline-exceeded' });
    return { success: true, nextExpectedRevision: BigInt(inStream(stream).length - 1) };
  };

  const isAfter = (entry: Entry, from: db.ReadPosition): boolean =>
    typeof from === 'string' || entry.position.commit > from.commit;

  const fake = {
    appendToStream: (
      stream: string,
      events: readonly db.BinaryEventData[],
      options?: db.AppendToStreamOptions,
    ) => append(stream, events, options?.expectedRevision ?? 'any'),
    readStream: (stream: string, options: db.ReadStreamOptions = {}) => {
      const found = inStream(stream);
      if (found.length === 0) return reading([], failure({ type: 'stream-not-found' }));
      const { direction, fromRevision = 'start', maxCount } = options;
      const backwards = direction === 'backwards';
      const from = typeof fromRevision === 'string' ? undefined : Number(fromRevision);
      const page = backwards
        ? found.slice(0, (from ?? found.length) + 1).reverse()
        : found.slice(from ?? 0);
      return reading(page.slice(0, Number(maxCount)).map((event) => ({ event })));
    },
    readAll: (options: db.ReadAllOptions = {}) => {
      const { direction, fromPosition = 'start', maxCount = all.length } = options;
      const from = all.filter(
        (entry) =>
          isAfter(entry, fromPosition) ||
          (typeof fromPosition !== 'string' && entry.position.commit === fromPosition.commit),
      );
      const page = direction === 'backwards' ? [...all].reverse() : from;
      return reading(page.slice(0, Number(maxCount)).map((event) => ({ event })));
    },
    subscribeToAll: ({ fromPosition = 'start' }: db.SubscribeToAllOptions = {}) => {
      const stream = new PassThrough({ objectMode: true, highWaterMark: 100_000 });
      const deliver = (entry: Entry): void => {
        if (stream.destroyed) return;
        if (random.chance(faults)) {
          // As the client does: an error, and nothing more ever comes.
          subscribers.delete(deliver);
          stream.emit('error', failure({ type: 'unavailable' }));
        } else {
          stream.write({ event: entry });
        }
      };
      setImmediate(() => {
        subscribers.add(deliver);
        for (const entry of all.filter((one) => isAfter(one, fromPosition))) {
          if (subscribers.has(deliver)) deliver(entry);
        }
      });
      stream.once('close', () => subscribers.delete(deliver));
      return Object.assign(stream, { unsubscribe: () => Promise.resolve() });
    },
    dispose: () => Promise.resolve(),
  };
  return fake as KurrentClient;
};
