// What the follower keeps up with the log, wherever it is.
import { type Position } from '../../application/event-store/event-log.ts';
import { type Batch } from '../projections/apply-events.ts';
import { type Connection } from '../postgres/database.ts';

/** `behind`: the index lost what it had. `replaced`: it is another one's now, or gone. Either way it is opened anew. */
export type Indexed = 'applied' | 'behind' | 'replaced';

export type FollowedIndex = {
  /** Where the index is; builds it first where there is none. Gives that up when aborted. */
  readonly open: (connection: Connection, signal: AbortSignal) => Promise<Position>;
  /** Applies a batch and keeps its checkpoint; what it resolved for can be found. `before` is where the index was. */
  readonly apply: (connection: Connection, batch: Batch, before: Position) => Promise<Indexed>;
  /** Up to where whoever keeps the index has it; null while there is none of this version. */
  readonly reached: () => Promise<Position | null>;
  readonly keepSealed: ReadonlySet<string>;
  readonly batchMax: number; // Events
  readonly gatherMs: number; // While nobody waits for what came, more is gathered for this long
};
