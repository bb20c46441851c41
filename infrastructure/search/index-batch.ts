// Writes one batch to the live index, with its checkpoint in the same transaction.
import { type Position } from '../../application/event-store/event-log.ts';
import { liveSchema, type Projector } from '../../projections/projector.ts';
import { type Connection } from '../postgres/database.ts';
import {
  applyCarefully,
  applyEvents,
  ATTEMPTS_MAX,
  type Batch,
  type Target,
} from '../projections/apply-events.ts';
import { advanceControls, lockControls } from '../projections/control-rows.ts';
import { isPoison } from '../projections/poison.ts';
import { transact } from '../projections/projection-session.ts';
import { type Indexed } from './followed-index.ts';

// The lock on the row makes every other writer of the index wait, also a rebuild that takes over.
const indexOnce = (
  connection: Connection,
  target: Target,
  batch: Batch,
  { before, careful }: { readonly before: Position; readonly careful: boolean },
): Promise<Indexed> =>
  transact(connection, async () => {
    const { name, version } = target.projector;
    const [control] = await lockControls(connection, [name]);
    if (control?.version !== version) return 'replaced';
    if (control.position < before) return 'behind';
    const news = batch.filter(({ meta }) => meta.position > control.position);
    const last = news.at(-1);
    if (last === undefined) return 'applied';
    await (careful ? applyCarefully : applyEvents)(connection, target, news);
    await advanceControls(connection, [name], last.meta.position);
    return 'applied';
  });

/** Applies what the index has not had; events it refuses time and again are parked. */
export const indexBatch = async (
  connection: Connection,
  projector: Projector,
  batch: Batch,
  { before, onError }: { readonly before: Position; readonly onError: (error: unknown) => void },
): Promise<Indexed> => {
  const target: Target = { projector, schema: liveSchema(projector), parkAs: projector.name };
  for (let refusals = 0; ; refusals += 1) {
    try {
      const careful = refusals >= ATTEMPTS_MAX;
      return await indexOnce(connection, target, batch, { before, careful });
    } catch (error) {
      if (!isPoison(error)) throw error;
      onError(error);
    }
  }
};
