// Builds a projection anew beside the live one and lets it take over, while readers read and the live runner projects, in
// this process or another (docs/decisions/rebuild-by-rename.md).
import { setTimeout as delay } from 'node:timers/promises';
import * as t from 'io-ts';
import { type Position } from '../../application/event-store/event-log.ts';
import { type EventStore } from '../../application/event-store/event-store.ts';
import { inSchema, liveSchema, nextSchema, type Projector } from '../../projections/projector.ts';
import { type Connection, type Pool, queryRows } from '../postgres/database.ts';
import { applyCarefully, applyEvents, type Batch, type Target } from './apply-events.ts';
import { forgetParkedEvents } from './control-rows.ts';
import { isPoison } from './poison.ts';
import { endSession, transact, writeReadModelsOn } from './projection-session.ts';
import { progressOf, type RebuildPhase, type RebuildProgress } from './rebuild-progress.ts';
import { dropSchema, takeOver } from './take-over.ts';

export type RebuildPorts = {
  readonly pool: Pool;
  readonly store: Pick<EventStore, 'start' | 'readAll' | 'head'>;
  /** Of all projectors that share the live feed, so that both see the same events. */
  readonly keepSealed: ReadonlySet<string>;
};

export type Rebuilt = {
  readonly name: string;
  readonly version: number;
  readonly events: number;
  readonly elapsedMs: number;
  readonly ratePerSecond: number;
};

// Smaller pages cost more calls, larger ones memory, and neither is faster (measured).
export const REPLAY_PAGE = 4_000;
const PROGRESS_MS = 500;
const WAIT_MS = 100;
const TAKE_OVER_TRIES_MAX = 100;

type Replay = { at: Position; done: number };

const Flag = t.type({ flag: t.boolean });

/** Waits until no other rebuild of this name runs, here or elsewhere; held until the connection ends. */
export const lockRebuild = async (connection: Connection, name: string): Promise<void> => {
  // Two rebuilds of one projection would build into the same schema.
  for (;;) {
    const [row] = await queryRows(
      connection,
      Flag,
      'SELECT pg_try_advisory_lock(7311, hashtext($1)) AS flag',
      [name],
    );
    if (row?.flag === true) return;
    await delay(WAIT_MS);
  }
};

const prepareNext = async (connection: Connection, target: Target): Promise<void> => {
  const { projector, schema, parkAs } = target;
  await dropSchema(connection, schema);
  await dropSchema(connection, `${liveSchema(projector)}_old`);
  await transact(connection, async () => {
    await connection.query(`CREATE SCHEMA ${schema}`);
    await connection.query(inSchema(projector.createTables, schema));
    await forgetParkedEvents(connection, parkAs);
  });
};

const applyPage = async (connection: Connection, target: Target, page: Batch): Promise<void> => {
  try {
    await transact(connection, () => applyEvents(connection, target, page));
  } catch (error) {
    if (!isPoison(error)) throw error;
    await transact(connection, () => applyCarefully(connection, target, page));
  }
};

/** Applies everything from where the replay is to the end of the log, reading a page while the one before is written. */
const replayToEnd = async (
  connection: Connection,
  { store, keepSealed }: RebuildPorts,
  target: Target,
  replay: Replay,
  onPage: () => void,
): Promise<void> => {
  const read = (after: Position): Promise<Batch> => {
    const page = store.readAll(after, REPLAY_PAGE, { keepSealed });
    page.catch(() => undefined); // Awaited below, unless writing fails first.
    return page;
  };
  let ahead = read(replay.at);
  for (;;) {
    const page = await ahead;
    const last = page.at(-1);
    if (last === undefined) return;
    ahead = read(last.meta.position);
    await applyPage(connection, target, page);
    replay.at = last.meta.position;
    replay.done += page.length;
    onPage();
  }
};

const buildIndexes = async (
  connection: Connection,
  { projector, schema }: Target,
): Promise<void> => {
  if (projector.createIndexes !== '')
    await connection.query(inSchema(projector.createIndexes, schema));
  await connection.query(
    `ANALYZE ${projector.tables.map((table) => `${schema}.${table}`).join(', ')}`,
  );
};

const rebuildOn = async (
  connection: Connection,
  ports: RebuildPorts,
  projector: Projector,
  onProgress: (progress: RebuildProgress) => void,
): Promise<Rebuilt> => {
  const { name, version } = projector;
  const target: Target = { projector, schema: nextSchema(projector), parkAs: `${name}:next` };
  const replay: Replay = { at: ports.store.start, done: 0 };
  const started = performance.now();
  const head = await ports.store.head();
  let told = -PROGRESS_MS;
  let replayMs = 0;
  const tell = (phase: RebuildPhase): void => {
    told = performance.now();
    onProgress(progressOf({ phase, ...replay, head, elapsedMs: told - started }));
  };
  const onPage = (): void => {
    if (performance.now() - told >= PROGRESS_MS) tell('replay');
  };
  await prepareNext(connection, target);
  await replayToEnd(connection, ports, target, replay, onPage);
  replayMs = performance.now() - started;
  tell('index');
  await buildIndexes(connection, target);
  for (let tries = 1; ; tries += 1) {
    tell('catch_up');
    await replayToEnd(connection, ports, target, replay, onPage);
    tell('swap');
    const outcome = await takeOver(connection, ports, target, replay.at);
    if (outcome === 'done') break;
    if (tries === TAKE_OVER_TRIES_MAX) throw new Error(`The rebuilt ${name} could not take over.`);
  }
  await dropSchema(connection, `${liveSchema(projector)}_old`);
  tell('done');
  const elapsedMs = performance.now() - started;
  const ratePerSecond = replayMs === 0 ? 0 : (replay.done * 1000) / replayMs;
  return { name, version, events: replay.done, elapsedMs, ratePerSecond };
};

/**
 * Rebuilds one projection from the first event, and puts it in the place of the live one in one step. No reader sees an
 * error or an older state. Rejects when the database or the log stays away; the live projection is then as it was.
 */
export const rebuildProjection = async ({
  projector,
  onProgress = () => {},
  ...ports
}: RebuildPorts & {
  readonly projector: Projector;
  readonly onProgress?: (progress: RebuildProgress) => void;
}): Promise<Rebuilt> => {
  const connection = await ports.pool.connect();
  try {
    await writeReadModelsOn(connection);
    await lockRebuild(connection, projector.name);
    return await rebuildOn(connection, ports, projector, onProgress);
  } finally {
    endSession(connection);
  }
};
