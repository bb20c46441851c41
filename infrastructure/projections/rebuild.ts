// Builds a projection anew beside the live one and lets it take over, while readers read and the live runner projects, in
// this process or another (docs/decisions/rebuild-by-rename.md).
import { inSchema, nextSchema, type Projector } from '../../projections/projector.ts';
import { type Connection } from '../postgres/database.ts';
import { type Target } from './apply-events.ts';
import { comparableControl, compareWithLive, type TableComparison } from './compare.ts';
import { forgetParkedEvents } from './control-rows.ts';
import { dropKept, dropSchema } from './kept-tables.ts';
import { transact } from './projection-session.ts';
import { withRebuildLock } from './rebuild-lock.ts';
import { FULL_SPEED } from './pace.ts';
import { progressOf, type RebuildPhase, type RebuildProgress } from './rebuild-progress.ts';
import { replayToEnd, type Replay, type ReplayPorts } from './replay.ts';
import { takeOver } from './take-over.ts';

export type RebuildPorts = ReplayPorts & {
  readonly projector: Projector;
  readonly onProgress?: (progress: RebuildProgress) => void;
  /** Whether to compare with the live tables before these are replaced. */
  readonly compares?: boolean;
};

export type Rebuilt = {
  readonly name: string;
  readonly version: number;
  readonly events: number;
  readonly elapsedMs: number;
  readonly ratePerSecond: number;
};

export type RebuiltTables = Rebuilt & {
  /** What differed from the tables that were replaced; null when that was not asked, or they were of another version. */
  readonly compared: readonly TableComparison[] | null;
};

export type Verified = {
  readonly name: string;
  readonly version: number;
  readonly events: number;
  /** Null when the live tables are absent or of another version. */
  readonly compared: readonly TableComparison[] | null;
};

const PROGRESS_MS = 500;
const TAKE_OVER_TRIES_MAX = 100;

/** What a piece of work on tables beside the live ones shares with its steps. */
type Build = {
  readonly connection: Connection;
  readonly ports: RebuildPorts;
  readonly target: Target;
  readonly replay: Replay;
  readonly tell: (phase: RebuildPhase) => void;
  readonly onPage: () => void;
  readonly elapsedMs: () => number;
};

const beginBuild = async (connection: Connection, ports: RebuildPorts): Promise<Build> => {
  const { projector, store, onProgress = () => {} } = ports;
  const target = { projector, schema: nextSchema(projector), parkAs: `${projector.name}:next` };
  const replay: Replay = { at: store.start, done: 0 };
  const started = performance.now();
  const elapsedMs = () => performance.now() - started;
  const head = await store.head();
  let told = -PROGRESS_MS;
  const tell = (phase: RebuildPhase): void => {
    told = elapsedMs();
    onProgress(progressOf({ phase, ...replay, head, elapsedMs: told }));
  };
  const onPage = (): void => {
    if (elapsedMs() - told >= PROGRESS_MS) tell('replay');
  };
  await dropSchema(connection, target.schema);
  await transact(connection, async () => {
    await connection.query(`CREATE SCHEMA ${target.schema}`);
    await connection.query(inSchema(projector.createTables, target.schema));
    await forgetParkedEvents(connection, target.parkAs);
  });
  return { connection, ports, target, replay, tell, onPage, elapsedMs };
};

const buildIndexes = async ({ connection, target }: Build): Promise<void> => {
  const { projector, schema } = target;
  if (projector.createIndexes !== '')
    await connection.query(inSchema(projector.createIndexes, schema));
  await connection.query(
    `ANALYZE ${projector.tables.map((table) => `${schema}.${table}`).join(', ')}`,
  );
};

/** Plays the log: no further than the live tables are, if they are to be compared. */
const replay = async (build: Build, compares: boolean): Promise<void> => {
  const { connection, ports, target, onPage } = build;
  const live = compares ? await comparableControl(connection, ports.projector) : undefined;
  const until = live === undefined ? {} : { until: live.position };
  await replayToEnd(connection, ports, target, build.replay, { ...until, onPage });
};

const compare = ({ connection, ports, target, replay: at, tell, onPage }: Build) => {
  tell('compare');
  return compareWithLive(connection, ports, target, at, { onPage });
};

const rebuildOn = async (connection: Connection, ports: RebuildPorts): Promise<RebuiltTables> => {
  const { projector, compares = false } = ports;
  const { name, version } = projector;
  const build = await beginBuild(connection, ports);
  const { target, tell, elapsedMs } = build;
  await replay(build, compares);
  const replayMs = elapsedMs();
  tell('index');
  await buildIndexes(build);
  const compared = compares ? await compare(build) : null;
  await dropKept(connection, projector); // One step back is kept, not two.
  for (let tries = 1; ; tries += 1) {
    tell('catch_up');
    // With rests between, a busy log may be written faster than it is caught up with.
    await replay(tries === 1 ? build : { ...build, ports: { ...ports, pace: FULL_SPEED } }, false);
    tell('swap');
    const outcome = await takeOver(connection, ports, target, build.replay.at);
    if (outcome === 'done') break;
    if (tries === TAKE_OVER_TRIES_MAX) throw new Error(`The rebuilt ${name} could not take over.`);
  }
  if (projector.dropsReplaced === true) await dropKept(connection, projector);
  tell('done');
  const { done: events } = build.replay;
  const ratePerSecond = replayMs === 0 ? 0 : (events * 1000) / replayMs;
  return { name, version, events, elapsedMs: elapsedMs(), ratePerSecond, compared };
};

const verifyOn = async (connection: Connection, ports: RebuildPorts): Promise<Verified> => {
  const { name, version } = ports.projector;
  const build = await beginBuild(connection, ports);
  try {
    await replay(build, true);
    const compared = await compare(build);
    build.tell('done');
    return { name, version, events: build.replay.done, compared };
  } finally {
    await dropSchema(connection, build.target.schema);
    await forgetParkedEvents(connection, build.target.parkAs);
  }
};

/**
 * Rebuilds one projection from the first event, and puts it in the place of the live one in one step. No reader sees an
 * error or an older state. Rejects when the database or the log stays away; the live projection is then as it was.
 */
export const rebuildProjection = (ports: RebuildPorts): Promise<RebuiltTables> =>
  withRebuildLock(ports.pool, ports.projector.name, (connection) => rebuildOn(connection, ports));

/** Builds one projection from the first event, compares it with the live one, which stays, and drops what it built. */
export const verifyProjection = (ports: RebuildPorts): Promise<Verified> =>
  withRebuildLock(ports.pool, ports.projector.name, (connection) => verifyOn(connection, ports));
