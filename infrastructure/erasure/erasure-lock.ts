import { type ErasureLock } from '../../application/erasure/erasure-lock.ts';
import { whileLocked } from '../postgres/advisory-lock.ts';
import { type Pool } from '../postgres/database.ts';

// One for all that erases or brings back, or an undo could restore what an erasure has passed by already. A number of its
// own among the installation's locks, or a server could not start (and migrate) while an undo runs.
const LOCK = '7310, 7';

/** The lock in the database, so that it holds between processes and goes with the one that held it; waits at most so long. */
export const createErasureLock =
  ({ pool, patienceMs = 0 }: { readonly pool: Pool; readonly patienceMs?: number }): ErasureLock =>
  (work) =>
    whileLocked(pool, { lock: LOCK, patienceMs }, work);
