// Dead pages and the write-ahead log hold what was deleted until the room is used again. Rewriting the tables in question
// and the log's files takes it away at once.
import * as t from 'io-ts';
import { type Pool, queryRows } from '../postgres/database.ts';
import { CLEAR_TABLES, existing } from './read-models.ts';

/** Tables that hold, or held, what an erasure is about: salts, password hashes, hashes of addresses, names, words. */
const TABLES = [
  'vault.data_keys',
  'vault.passwords',
  'vault.sessions',
  'vault.used_refresh_tokens',
  'vault.ip_observations',
  ...CLEAR_TABLES,
] as const;
const LOCK_SECS = 30;
const WAL_FILES_MAX = 256;

export type Scrubbed = { readonly tables: readonly string[]; readonly walFiles: number };

const Name = t.type({ name: t.string });

const walFiles = async (pool: Pool): Promise<readonly string[]> => {
  const sql = `SELECT name FROM pg_ls_waldir() WHERE name ~ '^[0-9A-F]{24}$' ORDER BY name`;
  return (await queryRows(pool, Name, sql)).map(({ name }) => name);
};

/** Goes on to a new file; the rest of the one in use is filled with nothing, and those before it are put aside. */
const nextFile = async (pool: Pool): Promise<string> => {
  await pool.query(`SELECT pg_logical_emit_message(true, 'filament', 'scrub')`);
  await pool.query('SELECT pg_switch_wal()');
  await pool.query('CHECKPOINT');
  const sql = 'SELECT pg_walfile_name(pg_current_wal_lsn()) AS name';
  return (await queryRows(pool, Name, sql))[0]?.name ?? '';
};

/**
 * A file that was put aside for later use has its old bytes until it is used, under a later name: goes on until every name
 * that there was is passed.
 */
const rewriteWal = async (pool: Pool): Promise<number> => {
  await nextFile(pool);
  const last = (await walFiles(pool)).at(-1) ?? '';
  for (let files = 1; files < WAL_FILES_MAX; files += 1)
    if ((await nextFile(pool)) > last) return files;
  return WAL_FILES_MAX;
};

/** Rewrites tables one after the other, each locked while it is. */
export const scrub = async (
  pool: Pool,
  onProgress: (what: string) => void = () => {},
): Promise<Scrubbed> => {
  const tables = await existing(pool, TABLES);
  const connection = await pool.connect();
  try {
    await connection.query(`SET lock_timeout = '${LOCK_SECS}s'`);
    for (const table of tables) {
      onProgress(table);
      await connection.query(`VACUUM (FULL, ANALYZE) ${table}`);
    }
    onProgress('statistics');
    await connection.query('VACUUM FULL pg_catalog.pg_statistic');
  } finally {
    connection.release(true);
  }
  onProgress('write-ahead log');
  return { tables, walFiles: await rewriteWal(pool) };
};
