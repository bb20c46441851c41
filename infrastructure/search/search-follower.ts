// Keeps the index up with the log, apart from the read models: slower writes must not delay what is delivered.
import { setTimeout as delay } from 'node:timers/promises';
import { type Position } from '../../application/event-store/event-log.ts';
import { type EventStore } from '../../application/event-store/event-store.ts';
import { type SearchProgress } from '../../application/search/search-index.ts';
import { type Projector } from '../../projections/projector.ts';
import { type Connection, type Pool } from '../postgres/database.ts';
import { readControls } from '../projections/control-rows.ts';
import { endSession, takeSession } from '../projections/projection-session.ts';
import { createReadPosition } from '../projections/read-position.ts';
import { type RebuildProgress } from '../projections/rebuild-progress.ts';
import { createGathering } from './gathering.ts';
import { indexBatch } from './index-batch.ts';
import { rebuildSearch } from './rebuild-search.ts';

export type SearchFollower = SearchProgress & {
  /** Begins to follow, as soon as no other process does; builds the index first where there is none. Doesn't wait. */
  readonly start: () => void;
  /** Ends after the batch in hand. */
  readonly stop: () => Promise<void>;
};

export type SearchFollowerPorts = {
  readonly pool: Pool; // At least two connections: one to follow on, one to build on
  readonly store: Pick<EventStore, 'start' | 'readAll' | 'head' | 'subscribe'>;
  readonly projector: Projector; // createSearchProjector
  readonly onError?: (error: unknown) => void; // Told of what is tried again
  readonly onRebuild?: (progress: RebuildProgress) => void;
};

const SEARCH_LOCK = '7310, 5';
// Under load batches fill while the one before is written; larger ones would keep fresh messages waiting.
const BATCH_MAX = 500;
// One batch costs some milliseconds before its first message: while nobody waits for them, messages are gathered.
const GATHER_MS = 50;
const RETRY_MS = [50, 100, 200, 400, 800] as const;

/** Where the index is. Builds it first where there is none of this version; gives that up when aborted. */
const openIndex = async (
  connection: Connection,
  { pool, store, projector, onRebuild = () => {} }: SearchFollowerPorts,
  signal: AbortSignal,
): Promise<Position> => {
  const [control] = await readControls(connection, [projector.name]);
  if (control?.version === projector.version) return control.position;
  // Of two versions of this program side by side the newer one wins, or they would rebuild it in turns for ever.
  if (control !== undefined && control.version > projector.version)
    throw new Error('A newer version of the program keeps the search index.');
  const readAll: EventStore['readAll'] = (...asked) =>
    signal.aborted ? Promise.reject(new Error('Stopped.')) : store.readAll(...asked);
  await rebuildSearch({ pool, store: { ...store, readAll }, projector, onProgress: onRebuild });
  const [built] = await readControls(connection, [projector.name]);
  return built?.position ?? store.start;
};

/** Runs `work` over and over on the one connection that may follow, until aborted. */
const keepWorking = async (
  pool: Pool,
  signal: AbortSignal,
  work: (connection: Connection) => Promise<void>,
  onFailure: (error: unknown) => void,
): Promise<void> => {
  let failures = 0;
  while (!signal.aborted) {
    let connection: Connection | null = null;
    try {
      connection = await takeSession(pool, SEARCH_LOCK, signal);
      if (connection !== null) await work(connection);
      failures = 0;
    } catch (error) {
      onFailure(error);
      const ms = RETRY_MS[Math.min(failures, RETRY_MS.length - 1)];
      failures += 1;
      await delay(ms, undefined, { ref: false });
    } finally {
      if (connection !== null) endSession(connection);
    }
  }
};

export const createSearchFollower = (ports: SearchFollowerPorts): SearchFollower => {
  const { pool, store, projector, onError = () => {} } = ports;
  const stopping = new AbortController();
  const { signal } = stopping;
  const progress = createReadPosition({ start: store.start });
  const gathering = createGathering(signal);
  const keepSealed = new Set(projector.keepSealed);
  let following = false;
  let running: Promise<void> = Promise.resolve();

  /** Follows until stopped, or until the index is not where it was: then the caller looks anew. */
  const follow = async (connection: Connection): Promise<void> => {
    let at = await openIndex(connection, ports, signal);
    following = true;
    progress.advance(at);
    // A crash of the database may have taken back what was indexed: without a batch to fail on, nobody would look.
    const lost = new AbortController();
    connection.once('end', () => lost.abort());
    const options = {
      signal: AbortSignal.any([signal, lost.signal]),
      batchMax: BATCH_MAX,
      keepSealed,
    };
    for await (const batch of store.subscribe(at, options)) {
      const begun = performance.now();
      const indexed = await indexBatch(connection, projector, batch, { before: at, onError });
      if (indexed !== 'applied') return;
      at = batch.at(-1)?.meta.position ?? at;
      progress.advance(at);
      await gathering.pause(at, GATHER_MS - (performance.now() - begun));
    }
  };

  return {
    position: progress.current,
    waitFor: (position, timeoutMs) => {
      if (!following) return Promise.resolve(false);
      gathering.want(position);
      return progress.waitFor(position, timeoutMs);
    },
    start: () => {
      const work = (connection: Connection) =>
        follow(connection).finally(() => (following = false));
      running = keepWorking(pool, signal, work, onError);
    },
    stop: async () => {
      stopping.abort();
      await running;
    },
  };
};
