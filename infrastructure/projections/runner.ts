// Advances all core projections together, batch by batch, and brings those that lag to where the others are.
import { type Position } from '../../application/event-store/event-log.ts';
import { type EventStore } from '../../application/event-store/event-store.ts';
import { keptSealedBy } from '../../projections/core-projectors.ts';
import { type Projector } from '../../projections/projector.ts';
import { type Pool } from '../postgres/database.ts';
import { applyBatch, areBuilt } from './apply-batch.ts';
import { type Batch } from './apply-events.ts';
import { readControls, type Control } from './control-rows.ts';
import { createLiveSession } from './live-session.ts';
import { rebuildProjection } from './rebuild.ts';
import { type RebuildProgress } from './rebuild-progress.ts';
import { rollBackProjection } from './rollback.ts';

export type ProjectionRunner = {
  /**
   * Waits to be the one process that projects, builds what is absent or of another version (or takes it back, where a
   * rebuild kept tables of this version), and brings every projection to the same position, which it returns: feed the events after it to `apply`.
   */
  readonly start: () => Promise<Position>;
  /**
   * Applies the next batch; resolves once it is committed. Events applied before are skipped. Outlives a lost database;
   * rejects with ProjectionReplaced when this process must start anew.
   */
  readonly apply: (batch: Batch) => Promise<void>;
  /** Up to where everything is applied. */
  readonly position: () => Position;
  /** Whether this process projects and its last try did not fail. */
  readonly isHealthy: () => boolean;
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
};

const CATCH_UP_PAGE = 2_000;

/** A rebuild may have carried a projection further than the log's end of a moment ago. */
const furthest = (controls: readonly Control[], head: Position): Position =>
  controls.reduce((most, { position }) => (position > most ? position : most), head);

/** One piece of work after the other, since they share a connection. */
const createLine = () => {
  let last: Promise<unknown> = Promise.resolve();
  return <A>(work: () => Promise<A>): Promise<A> => {
    const turn = last.then(work);
    last = turn.catch(() => {});
    return turn;
  };
};

export const createProjectionRunner = ({
  pool,
  store,
  projectors,
  onRetry = () => {},
  onRebuild = () => {},
}: RunnerPorts): ProjectionRunner => {
  const names = projectors.map(({ name }) => name);
  const keepSealed = keptSealedBy(projectors);
  // What a crash of the database took back must not stay lost to readers until the next event comes.
  const onLost = () => void inTurn(() => catchUp(reached)).catch(onRetry);
  const session = createLiveSession({ pool, onRetry, onLost });
  let reached = store.start;
  const inTurn = createLine();

  const applyAfter = (before: Position, batch: Batch) =>
    session.run((connection, careful) =>
      applyBatch(connection, projectors, batch, { before, careful }),
    );

  /** Brings every projection from its own checkpoint to the same position, at least `target`. */
  const catchUp = async (target: Position): Promise<void> => {
    const controls = await session.run((connection) => readControls(connection, names));
    let at = controls.reduce(
      (least, { position }) => (position < least ? position : least),
      target,
    );
    while (at < target) {
      const page = await session.run(() => store.readAll(at, CATCH_UP_PAGE, { keepSealed }));
      const last = page.at(-1);
      if (last === undefined) break;
      if ((await applyAfter(at, page)) === 'behind') return catchUp(target);
      at = last.meta.position;
    }
    if (at > reached) reached = at;
  };

  const readLive = () => session.run((connection) => readControls(connection, names));

  const buildMissing = async (): Promise<void> => {
    const controls = await readLive();
    const head = await store.head();
    // A log that ends before a checkpoint was restored from a backup: its next events will not be those projected.
    const standing = controls.filter(({ position }) => position <= head);
    for (const projector of projectors) {
      if (areBuilt([projector], standing)) continue;
      // A program that is set back to what it was finds its tables where it left them, if they were kept.
      const kept = await rollBackProjection({ pool, store, keepSealed, projector });
      if (!('type' in kept)) continue;
      const onProgress = (progress: RebuildProgress) => onRebuild(projector.name, progress);
      await rebuildProjection({ pool, store, keepSealed, projector, onProgress });
    }
  };

  return {
    start: async () => {
      await buildMissing();
      const controls = await readLive();
      await catchUp(furthest(controls, await store.head()));
      return reached;
    },
    apply: (batch) =>
      inTurn(async () => {
        const last = batch.at(-1);
        if (last === undefined || last.meta.position <= reached) return;
        while ((await applyAfter(reached, batch)) === 'behind') await catchUp(reached);
        if (last.meta.position > reached) reached = last.meta.position;
      }),
    position: () => reached,
    isHealthy: session.isHealthy,
    stop: session.stop,
  };
};
