// Erasures are carried out by one process at a time: two would not harm each other, and do everything twice.
import * as t from 'io-ts';
import { endSession } from '../projections/projection-session.ts';
import { queryRows, type Pool } from '../postgres/database.ts';

const LOCK = '7310, 6';
const Flag = t.type({ flag: t.boolean });

/** Works while nobody else does; null when somebody does. The lock ends with the process that holds it. */
export const withErasureLock = async <A>(pool: Pool, work: () => Promise<A>): Promise<A | null> => {
  const connection = await pool.connect();
  try {
    const sql = `SELECT pg_try_advisory_lock(${LOCK}) AS flag`;
    const [row] = await queryRows(connection, Flag, sql);
    return row?.flag === true ? await work() : null;
  } finally {
    endSession(connection);
  }
};
