// Reads of KurrentDB. The client gives reads no deadline, so each gets one here. Reads begin with the given position.
import type * as db from '@eventstore/db-client';
import {
  type EventLog,
  type Position,
  type RecordedStoredEvent,
} from '../../../application/event-store/event-log.ts';
import { categoryOf } from '../append-rules.ts';
import { type KurrentClient, meaningOf, OutOfTime } from './kurrent-client.ts';
import { fromPosition, recordedOf, START, tokenOf } from './kurrent-events.ts';

const READ_MS_MAX = 10_000;
const STREAM_PAGE = 1_000;
const ALL_PAGE = 500;
const READS_AT_ONCE = 16;

const bounded = <E>(stream: db.StreamingRead<E>): db.StreamingRead<E> => {
  const timer = setTimeout(
    () => stream.destroy(new OutOfTime('A read took too long.')),
    READ_MS_MAX,
  );
  stream.once('close', () => clearTimeout(timer));
  return stream;
};

const endRead = <E>(stream: db.StreamingRead<E>): void => {
  stream.on('error', () => {}); // Cancelling may end in one more error.
  stream.cancel().catch(() => undefined);
  stream.destroy();
};

const collect = async <E>(read: db.StreamingRead<E>): Promise<readonly E[]> => {
  const stream = bounded(read);
  const found: E[] = [];
  try {
    for await (const item of stream) found.push(item);
    return found;
  } finally {
    endRead(stream);
  }
};

const ours = (
  resolved: readonly (db.ResolvedEvent | db.AllStreamResolvedEvent)[],
): readonly RecordedStoredEvent[] => resolved.flatMap((one) => recordedOf(one) ?? []);

export type KurrentReads = Pick<
  EventLog,
  'readStream' | 'readStreams' | 'readAll' | 'readAt' | 'head'
>;

const createReadAt = (client: KurrentClient): KurrentReads['readAt'] => {
  // A read begins with the event at its position, so each is a read of one.
  const readOneAt = async (wanted: Position): Promise<readonly RecordedStoredEvent[]> => {
    const options = {
      direction: 'forwards',
      fromPosition: fromPosition(wanted),
      maxCount: 1,
    } as const;
    return ours(await collect(client.readAll(options))).filter(
      ({ position }) => position === wanted,
    );
  };
  return async (positions) => {
    const ascending = [...new Set(positions)].sort();
    const found: RecordedStoredEvent[] = [];
    for (let from = 0; from < ascending.length; from += READS_AT_ONCE) {
      const some = ascending.slice(from, from + READS_AT_ONCE);
      found.push(...(await Promise.all(some.map(readOneAt))).flat());
    }
    return found;
  };
};

const createReadStreams =
  (readStream: KurrentReads['readStream']): KurrentReads['readStreams'] =>
  async (streams, limit) => {
    const found: RecordedStoredEvent[] = [];
    for (let from = 0; from < streams.length; from += READS_AT_ONCE) {
      const some = streams.slice(from, from + READS_AT_ONCE);
      found.push(...(await Promise.all(some.map((one) => readStream(one, { limit })))).flat());
    }
    return found;
  };

export const createKurrentReads = ({
  client,
}: {
  readonly client: KurrentClient;
}): KurrentReads => {
  const readStream: KurrentReads['readStream'] = async (
    stream,
    { from, limit = STREAM_PAGE, backwards = false } = {},
  ) => {
    const edge = backwards ? 'end' : 'start';
    try {
      const found = await collect(
        client.readStream(stream, {
          direction: backwards ? 'backwards' : 'forwards',
          fromRevision: from === undefined ? edge : BigInt(from),
          maxCount: limit,
        }),
      );
      return ours(found).slice(0, limit);
    } catch (error) {
      if (meaningOf(error) === 'missing') return [];
      throw error;
    }
  };

  // This client can't filter such reads, so the server's own events come along and are dropped here.
  const page = async (from: 'start' | db.Position): Promise<readonly db.AllStreamResolvedEvent[]> =>
    collect(client.readAll({ direction: 'forwards', fromPosition: from, maxCount: ALL_PAGE }));

  const readAll: KurrentReads['readAll'] = async (after, limit, { categories, types } = {}) => {
    const found: RecordedStoredEvent[] = [];
    let from = fromPosition(after);
    let last: Position = after;
    while (found.length < limit) {
      const resolved = await page(from);
      const wanted = ours(resolved).filter(
        ({ position, stream, type }) =>
          position > last &&
          (categories?.includes(categoryOf(stream)) ?? true) &&
          (types?.includes(type) ?? true),
      );
      found.push(...wanted);
      const end = resolved.findLast(({ event }) => event !== undefined)?.event?.position;
      if (resolved.length < ALL_PAGE || end === undefined) break;
      last = tokenOf(end) > last ? tokenOf(end) : last;
      from = end;
    }
    return found.slice(0, limit);
  };

  // The newest events may be the server's own, which followers never see.
  const head: KurrentReads['head'] = async () => {
    const stream = bounded(client.readAll({ direction: 'backwards', fromPosition: 'end' }));
    try {
      for await (const resolved of stream) {
        const recorded = recordedOf(resolved);
        if (recorded !== undefined) return recorded.position;
      }
      return START;
    } finally {
      endRead(stream);
    }
  };

  const readStreams = createReadStreams(readStream);
  return { readStream, readStreams, readAll, readAt: createReadAt(client), head };
};
