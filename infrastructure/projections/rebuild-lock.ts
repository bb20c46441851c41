import { setTimeout as delay } from 'node:timers/promises';
import * as t from 'io-ts';
import { type Connection, type Pool, queryRows } from '../postgres/database.ts';
import { endSession, writeReadModelsOn } from './projection-session.ts';

const WAIT_MS = 100;

const Flag = t.type({ flag: t.boolean });

/** Waits until the lock is ours; held until the connection ends. */
const lockRebuild = async (connection: Connection, name: string): Promise<void> => {
  // Two rebuilds of one projection would build into the same schema.
  for (;;) {
    const [row] = await queryRows(
      connection,
      Flag,
      'SELECT pg_try_advisory_lock(7311, hashtext($1)) AS flag',
      [name],
    );
    if (row?.flag === true) return;
    await delay(WAIT_MS);
  }
};

/** Works on tables of a projection once nobody else builds, takes back or drops some, here or elsewhere. */
export const withRebuildLock = async <A>(
  pool: Pool,
  name: string,
  work: (connection: Connection) => Promise<A>,
): Promise<A> => {
  const connection = await pool.connect();
  try {
    await writeReadModelsOn(connection);
    await lockRebuild(connection, name);
    return await work(connection);
  } finally {
    endSession(connection);
  }
};
