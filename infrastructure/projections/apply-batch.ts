// One transaction of the live projections: the rows of a batch together with every projection's checkpoint.
import { type Position } from '../../application/event-store/event-log.ts';
import { liveSchema, type Projector } from '../../projections/projector.ts';
import { type Connection } from '../postgres/database.ts';
import { applyCarefully, applyEvents, type Batch, type Target } from './apply-events.ts';
import { beginLocked, commitAdvanced, type Control, parkEvent } from './control-rows.ts';
import { ProjectionReplaced } from './live-session.ts';

/** Set aside for nobody in particular: the type is not known, so nobody can say whom the event concerns. */
export const UNCLAIMED = '*';

const targetOf = (projector: Projector): Target => ({
  projector,
  schema: liveSchema(projector),
  parkAs: projector.name,
});

const parkUnclaimed = async (
  connection: Connection,
  projectors: readonly Projector[],
  batch: Batch,
): Promise<void> => {
  for (const event of batch) {
    if (event.type !== 'Undecodable') continue;
    const { storedType: type, reason, meta } = event;
    if (projectors.some(({ takes }: { takes: ReadonlySet<string> }) => takes.has(type))) continue;
    const { position } = meta;
    await parkEvent(connection, { projection: UNCLAIMED, position, type, reason, attempts: 1 });
  }
};

/** Whether every projector has tables of its very version. */
export const areBuilt = (projectors: readonly Projector[], controls: readonly Control[]): boolean =>
  projectors.every(({ name, version }) =>
    controls.some((control) => control.name === name && control.version === version),
  );

/**
 * Every projection takes those events of the batch that it has not had. `behind`: nothing was done, since a projection
 * has not had all events up to `before`, where the batch begins. Throws ProjectionReplaced.
 */
export const applyBatch = async (
  connection: Connection,
  projectors: readonly Projector[],
  batch: Batch,
  { before, careful }: { readonly before: Position; readonly careful: boolean },
): Promise<'applied' | 'behind'> => {
  const names = projectors.map(({ name }) => name);
  try {
    const controls = await beginLocked(connection, names);
    if (!areBuilt(projectors, controls))
      throw new ProjectionReplaced('Another version of a projection is live.');
    const last = batch.at(-1)?.meta.position ?? before;
    // A crash of the database can lose its last commits, and checkpoints step back: what lies between must come first.
    if (controls.some(({ position }) => position < before)) {
      await connection.query('ROLLBACK');
      return 'behind';
    }
    const apply = careful ? applyCarefully : applyEvents;
    for (const projector of projectors) {
      const at = controls.find(({ name }) => name === projector.name)?.position ?? before;
      const news = batch.filter(({ meta }) => meta.position > at);
      if (news.length > 0) await apply(connection, targetOf(projector), news);
    }
    await parkUnclaimed(connection, projectors, batch);
    await commitAdvanced(connection, names, last);
    return 'applied';
  } catch (error) {
    await connection.query('ROLLBACK').catch(() => undefined); // A dead connection has rolled back by itself.
    throw error;
  }
};
