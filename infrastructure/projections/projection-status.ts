import { type Position } from '../../application/event-store/event-log.ts';
import { type EventStore } from '../../application/event-store/event-store.ts';
import { type Projector } from '../../projections/projector.ts';
import { type Pool } from '../postgres/database.ts';
import { countParkedEvents, readControls } from './control-rows.ts';
import { readKept } from './kept-tables.ts';

export type ProjectionStatus = {
  readonly name: string;
  readonly version: number | null; // Null: not built yet
  readonly position: Position | null;
  readonly lag: number | null; // Events behind the log; null where positions don't count events
  readonly parked: number; // Events set aside
  readonly keptVersion: number | null; // Of the tables that a rollback would go back to; null: there are none
  readonly keptPosition: Position | null;
};

// On the PostgreSQL log a position is the number of its event.
const COUNTING = /^\d{20}$/;

/** Events behind, or null where positions do not count events. */
export const lagOf = (head: Position, position: Position): number | null =>
  COUNTING.test(head) && COUNTING.test(position)
    ? Math.max(0, Number(head) - Number(position))
    : null;

/** How each projection stands. */
export const projectionStatus = async ({
  pool,
  store,
  projectors,
}: {
  readonly pool: Pool;
  readonly store: Pick<EventStore, 'head'>;
  readonly projectors: readonly Pick<Projector, 'name'>[];
}): Promise<readonly ProjectionStatus[]> => {
  const names = projectors.map(({ name }) => name);
  // Checkpoints first: read after the head they could seem to be ahead of it.
  const controls = await readControls(pool, names);
  const [head, parked, kept] = await Promise.all([
    store.head(),
    countParkedEvents(pool),
    readKept(pool, names),
  ]);
  return names.map((name) => {
    const found = controls.find((control) => control.name === name);
    const replaced = kept.find((each) => each.name === name);
    return {
      name,
      version: found?.version ?? null,
      position: found?.position ?? null,
      lag: found === undefined ? null : lagOf(head, found.position),
      parked: parked.get(name) ?? 0,
      keptVersion: replaced?.version ?? null,
      keptPosition: replaced?.position ?? null,
    };
  });
};
