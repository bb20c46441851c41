// What a process does that doesn't project: it looks how far the one is that does, but only while something is waited for.
// PostgreSQL could tell by NOTIFY, but commits that notify wait for each other, those of the log with their fsync among them.
import { setTimeout as delay } from 'node:timers/promises';
import { type Position } from '../../application/event-store/event-log.ts';
import { type Projector } from '../../projections/projector.ts';
import { type Pool } from '../postgres/database.ts';
import { areBuilt } from './apply-batch.ts';
import { readControls, type Control } from './control-rows.ts';
import { ProjectionReplaced } from './live-session.ts';

const LOOK_MS_MIN = 3;
const LOOK_MS_MAX = 50;
/** A projecting process that gets nowhere for so long makes those who wait for it unready. */
const STALLED_MS = 5_000;

export type Following = {
  /** Where to begin, once everything up to the target is applied; else the projections that are of other versions. */
  readonly startAt: (target: Position) => Promise<Position | readonly string[]>;
  /**
   * Resolves once everything up to the position is applied, by another process or by `lead`, which is asked between looks,
   * and at once while `leads`; false once aborted. Rejects with ProjectionReplaced.
   */
  readonly until: (position: Position, wait: Wait) => Promise<boolean>;
  readonly isWaiting: () => boolean;
  /** Whether the batch in hand was waited for longer than a process takes that works. */
  readonly isStalled: () => boolean;
  readonly stop: () => void;
};

type Wait = {
  readonly leads: () => boolean;
  readonly lead: () => Promise<boolean>;
  readonly signal?: AbortSignal | undefined;
};

const leastOf = (controls: readonly Control[]): Position | null =>
  controls.reduce<Position | null>(
    (least, { position }) => (least === null || position < least ? position : least),
    null,
  );

export const createFollowing = ({
  pool,
  projectors,
  onRetry,
}: {
  readonly pool: Pool;
  readonly projectors: readonly Projector[];
  readonly onRetry: (error: unknown) => void;
}): Following => {
  const names = projectors.map(({ name }) => name);
  let isStopped = false;
  let waitsSince: number | null = null;

  const look = async (): Promise<readonly Control[] | null> => {
    try {
      return await readControls(pool, names);
    } catch (error) {
      onRetry(error); // The database is away: it is asked again until it is back.
      return null;
    }
  };

  /** Whether another process has applied everything up to the position. */
  const isApplied = async (position: Position): Promise<boolean> => {
    const controls = await look();
    if (isStopped) throw new ProjectionReplaced('The projections are stopped.');
    if (controls === null) return false;
    if (!areBuilt(projectors, controls))
      throw new ProjectionReplaced('Another version of a projection is live.');
    return (leastOf(controls) ?? position) >= position;
  };

  const untilApplied = async (
    position: Position,
    { leads, lead, signal }: Wait,
  ): Promise<boolean> => {
    for (let ms = LOOK_MS_MIN; ; ms = Math.min(LOOK_MS_MAX, ms * 1.5)) {
      if (!leads() && (await isApplied(position))) return true;
      // Most batches are applied a moment later: only who still waits then asks whether anybody projects at all.
      if ((leads() || ms > LOOK_MS_MIN) && (await lead())) return true;
      if (signal?.aborted === true) return false;
      await delay(ms);
    }
  };

  return {
    startAt: async (target) => {
      const controls = (await look()) ?? [];
      const least = leastOf(controls);
      if (areBuilt(projectors, controls) && least !== null && least >= target) return least;
      return projectors
        .filter(({ name, version }) =>
          controls.some((control) => control.name === name && control.version !== version),
        )
        .map(({ name }) => name);
    },
    until: async (position, wait) => {
      waitsSince = performance.now();
      try {
        return await untilApplied(position, wait);
      } finally {
        waitsSince = null;
      }
    },
    isWaiting: () => waitsSince !== null,
    isStalled: () => waitsSince !== null && performance.now() - waitsSince > STALLED_MS,
    stop: () => {
      isStopped = true;
    },
  };
};
