// The one connection that writes live projections. It holds the group's lock, so that a second process stands by and takes
// over by itself when this connection ends, whatever ends it.
import { setTimeout as delay } from 'node:timers/promises';
import * as t from 'io-ts';
import { type Connection, type Pool, queryRows } from '../postgres/database.ts';

export const LIVE_LOCK = '7310, 4';
const STAND_BY_MS = 200;

const Flag = t.type({ flag: t.boolean });

/**
 * Sets a connection up for writing read models: not waiting for the disk is safe where rows and checkpoint are lost or
 * kept together, since they are made again from the log.
 */
export const writeReadModelsOn = (connection: Connection): Promise<unknown> =>
  connection.query(`SET synchronous_commit = off; SET statement_timeout = 0`);

/** Waits, standing by, until this process is the one that projects; null once aborted. */
export const takeSession = async (
  pool: Pool,
  lock: string,
  signal: AbortSignal,
): Promise<Connection | null> => {
  const connection = await pool.connect();
  try {
    await writeReadModelsOn(connection);
    while (!signal.aborted) {
      const [row] = await queryRows(
        connection,
        Flag,
        `SELECT pg_try_advisory_lock(${lock}) AS flag`,
      );
      if (row?.flag === true) return connection;
      await delay(STAND_BY_MS, undefined, { ref: false });
    }
  } catch (error) {
    connection.release(true);
    throw error;
  }
  connection.release(true);
  return null;
};

/** Ends the connection rather than giving it back, and with it its lock and settings. */
export const endSession = (connection: Connection): void => connection.release(true);

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
