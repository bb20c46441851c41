// Takes out of the vault what time has made useless, a little at a time, so that no sweep holds locks for long.
import { type Timestamp } from '../../domain/shared/timestamp.ts';
import { type Pool } from '../postgres/database.ts';

const BATCH_ROWS_MAX = 500;
const BATCHES_MAX = 20;

// A session stays for an hour past its end, so that signing out of it twice is answered alike.
const TABLES = [
  { table: 'sessions', key: 'session_id', graceSecs: 3_600 },
  { table: 'used_refresh_tokens', key: 'token_hash', graceSecs: 0 },
  { table: 'idempotency', key: 'key_hash', graceSecs: 0 },
  { table: 'ip_bans', key: 'ban_id', graceSecs: 0 },
  { table: 'ip_observations', key: 'user_id, address_key', graceSecs: 0 },
] as const;
type Table = (typeof TABLES)[number];

export type Swept = { readonly [name in Table['table']]: number };

const sweepBatch = async (
  pool: Pool,
  { table, key, graceSecs }: Table,
  now: Timestamp,
  limit: number,
): Promise<number> => {
  const { rowCount } = await pool.query(
    `DELETE FROM vault.${table} WHERE (${key}) IN (
       SELECT ${key} FROM vault.${table}
        WHERE expires_at <= to_timestamp($1::float8 / 1000) - make_interval(secs => $2)
        ORDER BY expires_at LIMIT $3 FOR UPDATE SKIP LOCKED)`,
    [now, graceSecs, limit],
  );
  return rowCount ?? 0;
};

/** Removes what has expired, at most 10,000 of each; resolves to how many. */
export const sweepVault = async ({
  pool,
  now,
  batchMax = BATCH_ROWS_MAX,
  batchesMax = BATCHES_MAX,
}: {
  readonly pool: Pool;
  readonly now: Timestamp;
  readonly batchMax?: number;
  readonly batchesMax?: number;
}): Promise<Swept> => {
  const swept = {
    sessions: 0,
    used_refresh_tokens: 0,
    idempotency: 0,
    ip_bans: 0,
    ip_observations: 0,
  };
  for (const table of TABLES) {
    for (let batch = 0; batch < batchesMax; batch += 1) {
      const removed = await sweepBatch(pool, table, now, batchMax);
      swept[table.table] += removed;
      if (removed < batchMax) break;
    }
  }
  return swept;
};
