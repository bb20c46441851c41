// Writes to the vault what belongs to an append, when the log itself is not in the same database.
import { type VaultWrite } from '../../../application/event-store/event-log.ts';
import { inTransaction, type Pool } from '../../postgres/database.ts';
import { vaultWriteText } from '../vault-write-text.ts';

const KEYS = `
  INSERT INTO vault.data_keys (scope, salt) SELECT * FROM unnest($1::text[], $2::bytea[])
  ON CONFLICT (scope) DO NOTHING`;
const OTHERS = `
  SELECT log.write_vault(t.w::jsonb, clock_timestamp()) FROM unnest($1::text[]) AS t(w)`;

/** In one transaction. Needs LOG_MIGRATIONS and the vault's, though the log's tables stay empty. */
export const createVaultWriter =
  ({ pool }: { readonly pool: Pool }) =>
  (writes: readonly VaultWrite[]): Promise<void> =>
    inTransaction(pool, async (connection) => {
      const keys = writes.filter((write) => write.kind === 'data_key');
      const others = writes.filter((write) => write.kind !== 'data_key');
      const salts = keys.map(({ salt }) => salt);
      if (keys.length > 0) await connection.query(KEYS, [keys.map(({ scope }) => scope), salts]);
      if (others.length > 0) await connection.query(OTHERS, [others.map(vaultWriteText)]);
    });
