// The one connection that writes live projections. It holds the group's lock, so that another process takes over by itself
// when this connection ends, whatever ends it.
import { setTimeout as delay } from 'node:timers/promises';
import * as t from 'io-ts';
import { type Connection, type Pool, queryRows } from '../postgres/database.ts';

export const LIVE_LOCK = '7310, 4';
export const STAND_BY_MS = 200;

const Flag = t.type({ flag: t.boolean });

/**
 * Sets a connection up for writing read models: not waiting for the disk is safe where rows and checkpoint are lost or
 * kept together, since they are made again from the log.
 */
export const writeReadModelsOn = (connection: Connection): Promise<unknown> =>
  connection.query(`SET synchronous_commit = off; SET statement_timeout = 0`);

// A machine that vanishes says no goodbye: after 20 seconds of silence PostgreSQL takes its lock for free.
const END_WITH_THE_MACHINE = `SET tcp_keepalives_idle = 5; SET tcp_keepalives_interval = 5; SET tcp_keepalives_count = 3`;

const tryLock = async (connection: Connection, lock: string): Promise<boolean> => {
  const sql = `SELECT pg_try_advisory_lock(${lock}) AS flag`;
  const [row] = await queryRows(connection, Flag, sql);
  return row?.flag === true;
};

/** Ends the connection rather than giving it back, and with it its lock and settings. */
export const endSession = (connection: Connection): void => connection.release(true);

/** Takes the lock if no other process has it; else null, at once. */
export const tryTakeSession = async (pool: Pool, lock: string): Promise<Connection | null> => {
  const connection = await pool.connect();
  try {
    if (await tryLock(connection, lock)) {
      await writeReadModelsOn(connection);
      await connection.query(END_WITH_THE_MACHINE);
      return connection;
    }
  } catch (error) {
    endSession(connection);
    throw error;
  }
  connection.release();
  return null;
};

/** Waits, standing by, until this process has the lock, and tells when it finds that another has it; null once aborted. */
export const takeSession = async (
  pool: Pool,
  lock: string,
  signal: AbortSignal,
  onHeldElsewhere: () => void,
): Promise<Connection | null> => {
  while (!signal.aborted) {
    const connection = await tryTakeSession(pool, lock);
    if (connection !== null) return connection;
    onHeldElsewhere();
    await delay(STAND_BY_MS, undefined, { ref: false });
  }
  return null;
};

/** Runs work in a transaction of a connection that is kept; rolls back and rethrows when it throws. */
export const transact = async <A>(connection: Connection, work: () => Promise<A>): Promise<A> => {
  await connection.query('BEGIN');
  try {
    const result = await work();
    await connection.query('COMMIT');
    return result;
  } catch (error) {
    await connection.query('ROLLBACK').catch(() => undefined); // A dead connection has rolled back by itself.
    throw error;
  }
};
