// Advances all core projections together, batch by batch, and brings those that lag to where the others are; or follows the
// process that does (docs/decisions/several-processes.md).
import { setTimeout as delay } from 'node:timers/promises';
import { type Position } from '../../application/event-store/event-log.ts';
import { type EventStore } from '../../application/event-store/event-store.ts';
import { type Projector } from '../../projections/projector.ts';
import { type Pool } from '../postgres/database.ts';
import { type Batch } from './apply-events.ts';
import { createFollowing, type Following } from './following.ts';
import { createLeading, type Leading } from './leading.ts';
import { createLiveSession, ProjectionReplaced } from './live-session.ts';
import { STAND_BY_MS } from './projection-session.ts';
import { type RebuildProgress } from './rebuild-progress.ts';

export type ProjectionRunner = {
  /**
   * Where no other process projects: builds what is absent or of another version (or takes it back, where a rebuild kept
   * tables of this version), and brings every projection to the same position. Where another one does: waits until that
   * one is as far as the log, or, if its tables are of other versions, until it ends. Returns the position: feed the
   * events after it to `apply`.
   */
  readonly start: () => Promise<Position>;
  /**
   * Applies the next batch, or sees another process do so; resolves once it is committed. Events applied before are
   * skipped. Takes over from a process that ends. Outlives a lost database; rejects with ProjectionReplaced when this
   * process must start anew. False when it was aborted while another process was waited for.
   */
  readonly apply: (batch: Batch, signal?: AbortSignal) => Promise<boolean>;
  /** Up to where everything is applied. */
  readonly position: () => Position;
  /** Whether the last try did not fail, and what another process is to apply was not waited for too long. */
  readonly isHealthy: () => boolean;
  /** Whether this process is the one that projects. */
  readonly isProjecting: () => boolean;
  /** Ends the connection and with it the hold on the projections. Call it between batches. */
  readonly stop: () => void;
};

export type RunnerPorts = {
  /** Of at least two connections: the live session keeps one, a build at the start takes another. */
  readonly pool: Pool;
  readonly store: Pick<EventStore, 'start' | 'readAll' | 'head'>;
  readonly projectors: readonly Projector[];
  readonly onRetry?: (error: unknown) => void;
  readonly onRebuild?: (name: string, progress: RebuildProgress) => void;
  /** Told once when the start must wait for the process that projects; of what that one has other versions, if of any. */
  readonly onStandBy?: (differing: readonly string[]) => void;
  /** Told when this process becomes the one that projects after it has followed. */
  readonly onTakeOver?: () => void;
};

/** One piece of work after the other, since they share a connection. */
const createLine = () => {
  let last: Promise<unknown> = Promise.resolve();
  return <A>(work: () => Promise<A>): Promise<A> => {
    const turn = last.then(work);
    last = turn.catch(() => {});
    return turn;
  };
};

/** Work over and over, never twice at a time. */
const repeatedly = (everyMs: number, work: () => Promise<void>): (() => void) => {
  let isWorking = false;
  const timer = setInterval(() => {
    if (isWorking) return;
    isWorking = true;
    void work().finally(() => (isWorking = false));
  }, everyMs);
  timer.unref();
  return () => clearInterval(timer);
};

/** Waits until the process that projects has reached the target, or has ended and this one begins to project. */
const followTo = async (
  target: Position,
  { startAt }: Pick<Following, 'startAt'>,
  { begin, reach }: Pick<Leading, 'begin' | 'reach'>,
  onStandBy: (differing: readonly string[]) => void,
): Promise<void> => {
  for (let tries = 0; ; tries += 1) {
    const found = await startAt(target);
    if (typeof found === 'string') {
      reach(found);
      return;
    }
    if (tries === 0) onStandBy(found);
    await delay(STAND_BY_MS, undefined, { ref: false });
    if (await begin()) return;
  }
};

export const createProjectionRunner = ({
  pool,
  store,
  projectors,
  onRetry = () => {},
  onRebuild = () => {},
  onStandBy = () => {},
  onTakeOver = () => {},
}: RunnerPorts): ProjectionRunner => {
  const inTurn = createLine();
  // What a crash of the database took back must not stay lost to readers until the next event comes.
  const onLost = () => void inTurn(() => leading.catchUp()).catch(onRetry);
  const session = createLiveSession({ pool, onRetry, onLost });
  const leading = createLeading({ pool, store, projectors, onRebuild }, session);
  const following = createFollowing({ pool, projectors, onRetry });
  let endStandBy = (): void => {};
  let isReplaced = false;

  const stop = (): void => {
    endStandBy();
    session.stop();
    following.stop();
  };
  const tellingOfTakeOver = async (lead: () => Promise<boolean>): Promise<boolean> => {
    const wasHeld = session.isHeld();
    const done = await lead();
    if (!wasHeld && done) onTakeOver();
    return done;
  };
  /** Projects what nobody has projected yet if the process that did has ended, also when nothing new comes. */
  const tryToTakeOver = async (): Promise<void> => {
    if (session.isHeld() || following.isWaiting()) return; // Who waits for a batch tries by itself.
    try {
      await inTurn(() => tellingOfTakeOver(leading.catchUp));
    } catch (error) {
      onRetry(error);
      // Who can't go on must not keep those out who can; the next batch says so to this process.
      if (!(error instanceof ProjectionReplaced)) return;
      isReplaced = true;
      stop();
    }
  };
  return {
    start: async () => {
      if (!(await leading.begin()))
        await followTo(await store.head(), following, leading, onStandBy);
      endStandBy = repeatedly(STAND_BY_MS, tryToTakeOver);
      return leading.reached();
    },
    apply: (batch, signal) =>
      inTurn(async () => {
        const last = batch.at(-1);
        if (last === undefined || last.meta.position <= leading.reached()) return true;
        const lead = () => tellingOfTakeOver(() => leading.apply(batch));
        const wait = { leads: session.isHeld, lead, signal };
        const applied = await following.until(last.meta.position, wait);
        if (applied) leading.reach(last.meta.position);
        return applied;
      }),
    position: leading.reached,
    isHealthy: () =>
      !isReplaced && session.isHealthy() && (session.isHeld() || !following.isStalled()),
    isProjecting: session.isHeld,
    stop,
  };
};
