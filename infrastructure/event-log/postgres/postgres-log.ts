// The log in PostgreSQL: docs of the write path are in migrations.ts and group-commit.ts.
import * as t from 'io-ts';
import { setTimeout as delay } from 'node:timers/promises';
import {
  type EventLog,
  type Position,
  type RecordedStoredEvent,
} from '../../../application/event-store/event-log.ts';
import { type Pool, queryRows } from '../../postgres/database.ts';
import { requireStorable } from '../append-rules.ts';
import { createWake, type Wake } from '../wake.ts';
import { createAppendConnection } from './append-connection.ts';
import { listenForAppends } from './append-notices.ts';
import { createGroupCommit } from './group-commit.ts';
import { createRecentEvents, type RecentEvents } from './recent-events.ts';
import { COLUMNS, numberOf, positionOf, recordedOf, StoredRow } from './stored-rows.ts';

export type PostgresLogOptions = {
  readonly url: string; // For the two connections that are the log's own: appends and notices
  readonly pool: Pool; // For reads
  readonly queueMax: number; // Limits.logQueueMax
  readonly deadlineMs?: number; // Longest wait of an append for its answer
  readonly pollMs?: number; // How often a follower looks by itself
  readonly onError?: (error: unknown) => void; // Told of what is tried again
};

const DEADLINE_MS = 10_000;
const POLL_MS = 250;
const STREAM_PAGE = 1_000;
const BATCH_MAX = 500;
const RETRY_MS = 200;

const HeadRow = t.type({ head: t.number });

// Ordered by the table's column: the bare name would mean the converted one of the result, which no index serves.
const STREAM_FORWARDS = `SELECT ${COLUMNS} FROM log.events
  WHERE stream = $1 AND revision >= $2 ORDER BY revision LIMIT $3`;
const STREAM_BACKWARDS = `SELECT ${COLUMNS} FROM log.events
  WHERE stream = $1 AND revision <= $2 ORDER BY revision DESC LIMIT $3`;
const STREAMS = `SELECT e.* FROM unnest($1::text[]) WITH ORDINALITY AS s (name, n)
  CROSS JOIN LATERAL (
    SELECT ${COLUMNS} FROM log.events WHERE stream = s.name ORDER BY revision LIMIT $2
  ) e ORDER BY s.n, e.revision`;
export const READ_ALL_SQL = `SELECT ${COLUMNS} FROM log.events WHERE position > $1 ORDER BY events.position LIMIT $2`;
const ALL_OF_CATEGORIES = `SELECT ${COLUMNS} FROM log.events
  WHERE position > $1 AND split_part(stream, '-', 1) = ANY($3) ORDER BY events.position LIMIT $2`;
// OFFSET 0 keeps the choice of types out of the plan: else, where statistics know few of a type, all that follows would be
// sorted for each page. The order is that of the subquery, which a filter and a limit leave as it is.
const ALL_OF_TYPES = `SELECT ${COLUMNS} FROM (
    SELECT * FROM log.events WHERE position > $1 AND position <= $4 ORDER BY position OFFSET 0
  ) events WHERE type = ANY($3) LIMIT $2`;
// Looked through by one statement: a log with few events of a type is not read whole by one that runs out of time.
const LOOKED_THROUGH_MAX = 50_000;
const READ_AT = `SELECT ${COLUMNS} FROM log.events WHERE position = ANY($1::bigint[]) ORDER BY events.position`;
const HEAD = 'SELECT coalesce(max(position), 0)::float8 AS head FROM log.events';
const REVISION_MAX = 2 ** 31 - 1;

const reads = (pool: Pool) => {
  const events = async (
    sql: string,
    values: readonly unknown[],
  ): Promise<readonly RecordedStoredEvent[]> =>
    (await queryRows(pool, StoredRow, sql, values)).map(recordedOf);
  const readHead = async (): Promise<number> =>
    (await queryRows(pool, HeadRow, HEAD))[0]?.head ?? 0;
  const readTypes = async (after: number, limit: number, types: readonly string[]) => {
    const head = await readHead();
    const found: RecordedStoredEvent[] = [];
    for (let from = after; from < head && found.length < limit; from += LOOKED_THROUGH_MAX) {
      const to = from + LOOKED_THROUGH_MAX;
      found.push(...(await events(ALL_OF_TYPES, [from, limit - found.length, types, to])));
    }
    return found;
  };
  const readAll: EventLog['readAll'] = (after, limit, { categories, types } = {}) => {
    const from = numberOf(after);
    if (types !== undefined) return readTypes(from, limit, types);
    return categories === undefined
      ? events(READ_ALL_SQL, [from, limit])
      : events(ALL_OF_CATEGORIES, [from, limit, categories]);
  };
  const readStream: EventLog['readStream'] = (
    stream,
    { from, limit = STREAM_PAGE, backwards = false } = {},
  ) =>
    backwards
      ? events(STREAM_BACKWARDS, [stream, from ?? REVISION_MAX, limit])
      : events(STREAM_FORWARDS, [stream, from ?? 0, limit]);
  const readStreams: EventLog['readStreams'] = (streams, limit) =>
    streams.length === 0 ? Promise.resolve([]) : events(STREAMS, [streams, limit]);
  const readAt: EventLog['readAt'] = (positions) =>
    positions.length === 0 ? Promise.resolve([]) : events(READ_AT, [positions.map(numberOf)]);
  return { readAll, readAt, readStream, readStreams, readHead };
};

type FollowSources = {
  readonly readAll: EventLog['readAll'];
  readonly recent: RecentEvents;
  readonly wake: Wake;
  readonly knownHead: () => Position;
  readonly isClosed: () => boolean;
  readonly pollMs: number;
  readonly onError: (error: unknown) => void;
};

const followLog = ({ readAll, recent, wake, knownHead, ...rest }: FollowSources) => {
  const { isClosed, pollMs, onError } = rest;
  const next = async (after: Position, limit: number, look: boolean) => {
    const own = recent.after(after, limit);
    if (own.length > 0 || (!look && knownHead() <= after)) return own;
    return readAll(after, limit).catch(async (error: unknown) => {
      onError(error);
      await delay(RETRY_MS);
      return [];
    });
  };
  const subscribe: EventLog['subscribe'] = async function* (
    after,
    { signal, batchMax = BATCH_MAX },
  ) {
    let last = after;
    let look = true;
    while (!signal.aborted && !isClosed()) {
      const ticket = wake.ticket(); // Before the read: what comes during it must not be slept over.
      const batch = await next(last, batchMax, look);
      const newest = batch.at(-1);
      if (newest !== undefined) {
        last = newest.position;
        yield batch;
      } else {
        await wake.wait(ticket, pollMs, signal);
      }
      look = ticket === wake.ticket(); // Nobody called: a notice may have been lost.
    }
  };
  return subscribe;
};

/** The log in a database that has LOG_MIGRATIONS and the vault's applied. Close it before the pool. */
export const createPostgresLog = ({
  url,
  pool,
  queueMax,
  deadlineMs = DEADLINE_MS,
  pollMs = POLL_MS,
  onError = () => {},
}: PostgresLogOptions): EventLog => {
  const { readAll, readAt, readStream, readStreams, readHead } = reads(pool);
  const recent = createRecentEvents();
  const wake = createWake();
  let head = positionOf(0);
  let closed = false;
  const onHead = (position: Position): void => {
    if (position <= head) return;
    head = position;
    wake.call();
  };
  const connection = createAppendConnection({ url, statementMsMax: deadlineMs });
  const commits = createGroupCommit({
    call: connection.call,
    queueMax,
    deadlineMs,
    onError,
    onStored: (events) => {
      recent.add(events);
      onHead(events.at(-1)?.position ?? head);
    },
  });
  const notices = listenForAppends({
    url,
    readHead,
    onHead: (position) => onHead(positionOf(position)),
  });
  return {
    start: positionOf(0),
    append: (append) => async () => {
      requireStorable(append);
      return commits.append(append);
    },
    readStream,
    readStreams,
    readAll,
    readAt,
    subscribe: followLog({
      readAll,
      recent,
      wake,
      knownHead: () => head,
      isClosed: () => closed,
      pollMs,
      onError,
    }),
    head: async () => positionOf(await readHead()),
    close: async () => {
      await commits.close();
      closed = true;
      wake.call();
      await Promise.all([connection.close(), notices.close()]);
    },
  };
};
