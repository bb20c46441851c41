// The index anew from the log, in this process or another, beside the one that is searched and followed.
import { setTimeout as delay } from 'node:timers/promises';
import { type Position } from '../../../application/event-store/event-log.ts';
import { ELASTIC_VERSION } from '../../../projections/search/elastic-documents.ts';
import { SEARCH_KEPT_SEALED } from '../../../projections/search/search-projector.ts';
import { type Connection, type Pool } from '../../postgres/database.ts';
import { type Batch } from '../../projections/apply-events.ts';
import { forgetParkedEvents, renameParkedEvents } from '../../projections/control-rows.ts';
import { type Rebuilt } from '../../projections/rebuild.ts';
import { withRebuildLock } from '../../projections/rebuild-lock.ts';
import {
  progressOf,
  type RebuildPhase,
  type RebuildProgress,
} from '../../projections/rebuild-progress.ts';
import { readElasticControl, takeOverElasticControl } from './elastic-control.ts';
import { ElasticFailed } from './elastic-failed.ts';
import { PARKED_AS, writeBatch, type ElasticHome } from './elastic-home.ts';
import { createElasticIndices, type ElasticIndices } from './elastic-indices.ts';

export type RebuildElasticPorts = ElasticHome & {
  readonly pool: Pool;
  readonly onProgress?: (progress: RebuildProgress) => void;
};

const PAGE = 2_000;
const REFRESH_EVERY = 100_000; // Events: unrefreshed documents fill a server's memory
const PROGRESS_MS = 500;
const TAKE_OVER_TRIES_MAX = 100;
const BUSY_MS = [100, 200, 400, 800, 1_600, 3_200, 6_400] as const;
const PARKED_NEXT = `${PARKED_AS}:next`;
// Searches that began before the switch still read the old index.
const OLD_INDEX_MS = 1_000;

type Replay = { at: Position; done: number; refreshed: number };

/** A server under load says so; waiting is what it asks for. */
const patiently = async (work: () => Promise<void>): Promise<void> => {
  for (const ms of [...BUSY_MS, null]) {
    try {
      await work();
      return;
    } catch (error) {
      const passes =
        error instanceof ElasticFailed && ['busy', 'slow', 'away'].includes(error.kind);
      if (!passes || ms === null) throw error;
      await delay(ms);
    }
  }
};

const replayToEnd = async (
  connection: Connection,
  ports: RebuildElasticPorts,
  indices: ElasticIndices,
  index: string,
  replay: Replay,
  onPage: () => void,
): Promise<void> => {
  const { store } = ports;
  const read = (after: Position): Promise<Batch> => {
    const page = store.readAll(after, PAGE, { keepSealed: new Set(SEARCH_KEPT_SEALED) });
    page.catch(() => undefined); // Awaited below, unless writing fails first.
    return page;
  };
  let ahead = read(replay.at);
  for (;;) {
    const page = await ahead;
    const last = page.at(-1);
    if (last === undefined) return;
    ahead = read(last.meta.position);
    const to = { index, parkAs: PARKED_NEXT, refresh: false };
    await patiently(() => writeBatch(ports, connection, page, to));
    replay.at = last.meta.position;
    replay.done += page.length;
    if (replay.done - replay.refreshed >= REFRESH_EVERY) {
      await indices.refresh(index);
      replay.refreshed = replay.done;
    }
    onPage();
  }
};

const requireOwn = async (indices: ElasticIndices, { installation, prefix }: ElasticHome) => {
  const owners = await indices.owners();
  if ([...owners].some((owner) => owner !== installation))
    throw new Error(
      `The indices of the prefix "${prefix}" belong to another installation. ` +
        'Set FILAMENT_ELASTICSEARCH_INDEX_PREFIX to one of its own.',
    );
};

const rebuildOn = async (connection: Connection, ports: RebuildElasticPorts): Promise<Rebuilt> => {
  const { client, prefix, store, onProgress = () => {} } = ports;
  const indices = createElasticIndices(client, prefix);
  await requireOwn(indices, ports);
  const before = await readElasticControl(connection, prefix);
  // Under the lock, whatever isn't followed was left by a build that didn't end.
  for (const index of await indices.list())
    if (index !== before?.index) await indices.remove(index);
  await forgetParkedEvents(connection, PARKED_NEXT);
  const index = indices.names.fresh(Date.now());
  await indices.create(index, ports);
  const replay: Replay = { at: store.start, done: 0, refreshed: 0 };
  const started = performance.now();
  const head = await store.head();
  let told = -PROGRESS_MS;
  const tell = (phase: RebuildPhase): void => {
    told = performance.now();
    onProgress(progressOf({ phase, ...replay, head, elapsedMs: told - started }));
  };
  const onPage = () => {
    if (performance.now() - told >= PROGRESS_MS) tell('replay');
  };
  await replayToEnd(connection, ports, indices, index, replay, onPage);
  const replayMs = performance.now() - started;
  tell('index');
  await indices.settle(index);
  const uuid = (await indices.uuidOf(index)) ?? '';
  const isOldGone = before === null || (await indices.uuidOf(before.index)) !== before.uuid;
  for (let tries = 1; ; tries += 1) {
    tell('catch_up');
    await replayToEnd(connection, ports, indices, index, replay, onPage);
    await indices.refresh(index);
    tell('swap');
    const mine = { version: ELASTIC_VERSION, index, uuid, position: replay.at };
    if (await takeOverElasticControl(connection, prefix, mine, { evenBack: isOldGone })) break;
    if (tries === TAKE_OVER_TRIES_MAX) throw new Error('The rebuilt index could not take over.');
  }
  // The row is what counts: should this process end here, whoever follows points searches there.
  await indices.letSearch(index);
  await forgetParkedEvents(connection, PARKED_AS);
  await renameParkedEvents(connection, PARKED_NEXT, PARKED_AS);
  if (before !== null && before.index !== index) {
    await delay(OLD_INDEX_MS);
    await indices.remove(before.index);
  }
  tell('done');
  const elapsedMs = performance.now() - started;
  const ratePerSecond = replayMs === 0 ? 0 : (replay.done * 1000) / replayMs;
  return {
    name: 'search',
    version: ELASTIC_VERSION,
    events: replay.done,
    elapsedMs,
    ratePerSecond,
  };
};

/**
 * Builds an index from the first event beside the one in use, and lets it take over in one step. No search sees an error
 * or an older state. Rejects when the database, the log or Elasticsearch stays away; the index in use is then as it was.
 */
export const rebuildElastic = (ports: RebuildElasticPorts): Promise<Rebuilt> =>
  withRebuildLock(ports.pool, `elasticsearch:${ports.prefix}`, (connection) =>
    rebuildOn(connection, ports),
  );
