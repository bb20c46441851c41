import { setTimeout as delay } from 'node:timers/promises';
import * as t from 'io-ts';
import { type ErasureLock } from '../../application/erasure/erasure-lock.ts';
import { queryRows, type Pool } from '../postgres/database.ts';

// One for all that erases or brings back, or an undo could restore what an erasure has passed by already. A number of its
// own among the installation's locks, or a server could not start (and migrate) while an undo runs.
const LOCK = '7310, 7';
const AGAIN_MS = 100;

const Flag = t.type({ flag: t.boolean });

/** The lock in the database, so that it holds between processes and goes with the one that held it; waits at most so long. */
export const createErasureLock =
  ({ pool, patienceMs = 0 }: { readonly pool: Pool; readonly patienceMs?: number }): ErasureLock =>
  async (work) => {
    const connection = await pool.connect();
    let isOurs = false;
    try {
      const until = performance.now() + patienceMs;
      for (;;) {
        const sql = `SELECT pg_try_advisory_lock(${LOCK}) AS flag`;
        isOurs = (await queryRows(connection, Flag, sql))[0]?.flag === true;
        if (isOurs) break;
        if (performance.now() >= until) return null;
        await delay(AGAIN_MS);
      }
      return await work();
    } finally {
      // Ended rather than given back: so the lock goes in any case.
      connection.release(isOurs);
    }
  };
