// Keeps the index up with the log, apart from the read models: slower writes must not delay what is delivered.
import { setTimeout as delay } from 'node:timers/promises';
import { type EventStore } from '../../application/event-store/event-store.ts';
import { type SearchProgress } from '../../application/search/search-index.ts';
import { type Connection, type Pool } from '../postgres/database.ts';
import { endSession, takeSession } from '../projections/projection-session.ts';
import { createReadPosition } from '../projections/read-position.ts';
import { type FollowedIndex } from './followed-index.ts';
import { createWaitElsewhere } from './kept-elsewhere.ts';
import { createGathering } from './gathering.ts';

export type SearchFollower = SearchProgress & {
  /** Begins to follow, as soon as no other process does; builds the index first where there is none. Doesn't wait. */
  readonly start: () => void;
  /** Looks at the index anew: something says that it is gone. */
  readonly reopen: () => void;
  /** Ends after the batch in hand. */
  readonly stop: () => Promise<void>;
};

export type SearchFollowerPorts = {
  readonly pool: Pool; // At least two connections: one to follow on, one to build on
  readonly store: Pick<EventStore, 'start' | 'subscribe'>;
  readonly index: FollowedIndex;
  readonly onError?: (error: unknown) => void; // Told of what is tried again
  /** Told of each batch that is in the index. */
  readonly onBatch?: (batch: { readonly events: number; readonly ms: number }) => void;
};

// Which process keeps the index, as far as is known.
type Keeper = 'this one' | 'another' | null;

const SEARCH_LOCK = '7310, 5';
const RETRY_MS = [50, 100, 200, 400, 800, 1_600] as const;
// What stays away for an hour is told of a dozen times, not thousands.
const isWorthTelling = (failures: number): boolean => Number.isInteger(Math.log2(failures + 1));

/** Runs `work` over and over on the one connection that may follow, until aborted; it says whenever it got somewhere. */
const keepWorking = async (
  pool: Pool,
  signal: AbortSignal,
  work: (connection: Connection, gotSomewhere: () => void) => Promise<void>,
  { onFailure, onKept }: { onFailure: (error: unknown) => void; onKept: (by: Keeper) => void },
): Promise<void> => {
  let failures = 0;
  while (!signal.aborted) {
    let connection: Connection | null = null;
    try {
      connection = await takeSession(pool, SEARCH_LOCK, signal, () => onKept('another'));
      if (connection !== null) {
        onKept('this one');
        await work(connection, () => (failures = 0));
      }
      failures = 0;
    } catch (error) {
      if (isWorthTelling(failures)) onFailure(error);
      const ms = RETRY_MS[Math.min(failures, RETRY_MS.length - 1)];
      failures += 1;
      await delay(ms, undefined, { ref: false });
    } finally {
      if (connection !== null) endSession(connection);
    }
  }
};

export const createSearchFollower = (ports: SearchFollowerPorts): SearchFollower => {
  const { pool, store, index, onError = () => {}, onBatch = () => {} } = ports;
  const stopping = new AbortController();
  const { signal } = stopping;
  const progress = createReadPosition({ start: store.start });
  const waitElsewhere = createWaitElsewhere({ reached: index.reached, progress });
  const gathering = createGathering(signal);
  let following = false;
  let keeper: Keeper = null;
  let lose = (): void => {};
  let running: Promise<void> = Promise.resolve();

  /** Follows until stopped, or until the index is not where it was: then the caller looks anew. */
  const follow = async (connection: Connection, gotSomewhere: () => void): Promise<void> => {
    let at = await index.open(connection, signal);
    following = true;
    progress.advance(at);
    // A crash of the database may have taken back what was indexed: without a batch to fail on, nobody would look.
    const lost = new AbortController();
    lose = () => lost.abort();
    connection.once('end', lose);
    const { batchMax, keepSealed } = index;
    const options = { signal: AbortSignal.any([signal, lost.signal]), batchMax, keepSealed };
    for await (const batch of store.subscribe(at, options)) {
      const begun = performance.now();
      const indexed = await index.apply(connection, batch, at);
      if (indexed !== 'applied') return;
      at = batch.at(-1)?.meta.position ?? at;
      progress.advance(at);
      gotSomewhere();
      onBatch({ events: batch.length, ms: Math.round(performance.now() - begun) });
      await gathering.pause(at, index.gatherMs - (performance.now() - begun));
    }
  };

  return {
    position: progress.current,
    waitFor: (position, timeoutMs) => {
      // What this process keeps and doesn't follow yet, it is still looking at or building.
      if (!following)
        return keeper === 'another' ? waitElsewhere(position, timeoutMs) : Promise.resolve(false);
      gathering.want(position);
      return progress.waitFor(position, timeoutMs);
    },
    start: () => {
      const work = (connection: Connection, gotSomewhere: () => void) =>
        follow(connection, gotSomewhere).finally(() => (following = false));
      const onKept = (by: Keeper) => (keeper = by);
      running = keepWorking(pool, signal, work, { onFailure: onError, onKept });
    },
    reopen: () => {
      if (following) lose();
    },
    stop: async () => {
      stopping.abort();
      await running;
    },
  };
};
