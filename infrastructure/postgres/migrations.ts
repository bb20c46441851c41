// Schema changes: an ordered list, each applied once, in a transaction of its own, by whichever process starts first.
import * as t from 'io-ts';
import { inTransaction, type Pool, queryRows } from './database.ts';

export type Migration = {
  readonly id: string; // `<schema>-<number>-<what>`; never renamed or edited once released
  readonly sql: string;
};

const LOCK = '7310, 3';
const Applied = t.type({ id: t.string });

const RECORD = `
  CREATE SCHEMA IF NOT EXISTS ops;
  CREATE TABLE IF NOT EXISTS ops.migrations (
    id text PRIMARY KEY,
    applied_at timestamptz NOT NULL DEFAULT now()
  );`;

/** Applies what isn't applied yet, in the order given, and returns the ids of those. */
export const migrate = async (
  pool: Pool,
  migrations: readonly Migration[],
): Promise<readonly string[]> => {
  const known = await knownIds(pool);
  const missing = migrations.filter(({ id }) => !known.has(id));
  const applied: string[] = [];
  for (const migration of missing) {
    if (await applyOnce(pool, migration)) applied.push(migration.id);
  }
  return applied;
};

const knownIds = (pool: Pool): Promise<ReadonlySet<string>> =>
  inTransaction(pool, async (connection) => {
    await connection.query(`SELECT pg_advisory_xact_lock(${LOCK})`);
    await connection.query(RECORD);
    const rows = await queryRows(connection, Applied, 'SELECT id FROM ops.migrations');
    return new Set(rows.map(({ id }) => id));
  });

// Another process may have applied it since we looked, hence the second look under the lock.
const applyOnce = (pool: Pool, { id, sql }: Migration): Promise<boolean> =>
  inTransaction(pool, async (connection) => {
    await connection.query(`SELECT pg_advisory_xact_lock(${LOCK})`);
    const found = await queryRows(
      connection,
      Applied,
      'SELECT id FROM ops.migrations WHERE id = $1',
      [id],
    );
    if (found.length > 0) return false;
    await connection.query(sql);
    await connection.query('INSERT INTO ops.migrations (id) VALUES ($1)', [id]);
    return true;
  });
