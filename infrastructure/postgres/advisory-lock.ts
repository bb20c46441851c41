// Locks between processes, held for a piece of work: they go with the connection that holds them, whatever ends it.
import { setTimeout as delay } from 'node:timers/promises';
import * as t from 'io-ts';
import { queryRows, type Pool } from './database.ts';

const AGAIN_MS = 100;
const Flag = t.type({ flag: t.boolean });

/**
 * Works while no other process holds the lock, given as PostgreSQL takes it; null when it was not free for as long as the
 * patience lasts. Takes a connection meanwhile, beside those that the work needs.
 */
export const whileLocked = async <A>(
  pool: Pool,
  { lock, patienceMs = 0 }: { readonly lock: string; readonly patienceMs?: number },
  work: () => Promise<A>,
): Promise<A | null> => {
  const connection = await pool.connect();
  let isOurs = false;
  try {
    const until = performance.now() + patienceMs;
    for (;;) {
      const sql = `SELECT pg_try_advisory_lock(${lock}) AS flag`;
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
