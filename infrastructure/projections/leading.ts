// What only the process does that projects: builds what is missing, catches up, and applies batch after batch.
import { type Position } from '../../application/event-store/event-log.ts';
import { type EventStore } from '../../application/event-store/event-store.ts';
import { keptSealedBy } from '../../projections/core-projectors.ts';
import { type Projector } from '../../projections/projector.ts';
import { type Pool } from '../postgres/database.ts';
import { applyBatch, areBuilt } from './apply-batch.ts';
import { type Batch } from './apply-events.ts';
import { readControls, type Control } from './control-rows.ts';
import { ELSEWHERE, ProjectionReplaced, type LiveSession } from './live-session.ts';
import { rebuildProjection } from './rebuild.ts';
import { type RebuildProgress } from './rebuild-progress.ts';
import { rollBackProjection } from './rollback.ts';

export type LeadingPorts = {
  readonly pool: Pool;
  readonly store: Pick<EventStore, 'start' | 'readAll' | 'head'>;
  readonly projectors: readonly Projector[];
  readonly onRebuild: (name: string, progress: RebuildProgress) => void;
};

/** Each answers false, with nothing lost, when another process is the one that projects. */
export type Leading = {
  /** Builds what is missing and brings every projection to the same position, the log's end or further. */
  readonly begin: () => Promise<boolean>;
  /** Brings every projection to where this process is. */
  readonly catchUp: () => Promise<boolean>;
  readonly apply: (batch: Batch) => Promise<boolean>;
  /** Where this process is: all before was applied. */
  readonly reached: () => Position;
  /** Another process has applied everything up to there. */
  readonly reach: (position: Position) => void;
};

const CATCH_UP_PAGE = 2_000;

/** A rebuild may have carried a projection further than the log's end of a moment ago. */
const furthest = (controls: readonly Control[], head: Position): Position =>
  controls.reduce((most, { position }) => (position > most ? position : most), head);

const createBuilding =
  ({ pool, store, projectors, onRebuild }: LeadingPorts) =>
  async (controls: readonly Control[]): Promise<void> => {
    const keepSealed = keptSealedBy(projectors);
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

export const createLeading = (ports: LeadingPorts, session: LiveSession): Leading => {
  const { store, projectors } = ports;
  const names = projectors.map(({ name }) => name);
  const keepSealed = keptSealedBy(projectors);
  const buildMissing = createBuilding(ports);
  let reached = store.start;
  const reach = (position: Position): void => {
    if (position > reached) reached = position;
  };

  const readLive = () => session.run((connection) => readControls(connection, names));
  const applyAfter = (before: Position, batch: Batch) =>
    session.run((connection, careful) =>
      applyBatch(connection, projectors, batch, { before, careful }),
    );

  const catchUpTo = async (target: Position): Promise<boolean> => {
    const controls = await readLive();
    if (controls === ELSEWHERE) return false;
    if (!areBuilt(projectors, controls))
      throw new ProjectionReplaced('Another version of a projection is live.');
    let at = controls.reduce(
      (least, { position }) => (position < least ? position : least),
      target,
    );
    while (at < target) {
      const before = at;
      const page = await session.run(() => store.readAll(before, CATCH_UP_PAGE, { keepSealed }));
      if (page === ELSEWHERE) return false;
      const last = page.at(-1);
      if (last === undefined) break;
      const applied = await applyAfter(before, page);
      if (applied === ELSEWHERE) return false;
      if (applied === 'behind') return catchUpTo(target);
      at = last.meta.position;
    }
    reach(at);
    return true;
  };

  return {
    begin: async () => {
      const controls = await readLive();
      if (controls === ELSEWHERE) return false;
      await buildMissing(controls);
      const built = await readLive();
      return built !== ELSEWHERE && catchUpTo(furthest(built, await store.head()));
    },
    catchUp: () => catchUpTo(reached),
    apply: async (batch) => {
      for (;;) {
        const applied = await applyAfter(reached, batch);
        if (applied === ELSEWHERE) return false;
        if (applied === 'applied') break;
        if (!(await catchUpTo(reached))) return false;
      }
      reach(batch.at(-1)?.meta.position ?? reached);
      return true;
    },
    reached: () => reached,
    reach,
  };
};
