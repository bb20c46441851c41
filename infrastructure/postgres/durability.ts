// An acknowledged command must be on disk (invariant I2), which PostgreSQL only promises with these settings.
import * as t from 'io-ts';
import { type Queryable, queryRows } from './database.ts';

const REQUIRED = ['fsync', 'full_page_writes', 'synchronous_commit'] as const;
const Setting = t.type({ name: t.string, setting: t.string });

// All of these wait at least for the local disk.
const DURABLE = new Set(['on', 'local', 'remote_write', 'remote_apply']);

/** Names of settings that could lose acknowledged writes; empty when durable. */
export const unsafeSettings = async (database: Queryable): Promise<readonly string[]> => {
  const found = await queryRows(
    database,
    Setting,
    'SELECT name, setting FROM pg_settings WHERE name = ANY($1)',
    [REQUIRED],
  );
  return REQUIRED.filter((name) => {
    const setting = found.find((row) => row.name === name)?.setting;
    return setting === undefined || !DURABLE.has(setting);
  });
};

/** Throws unless the database keeps what it acknowledges; `allowUnsafe` is for development only. */
export const requireDurable = async (
  database: Queryable,
  { allowUnsafe = false }: { readonly allowUnsafe?: boolean } = {},
): Promise<void> => {
  const unsafe = await unsafeSettings(database);
  if (unsafe.length === 0 || allowUnsafe) return;
  throw new Error(
    `The database could lose acknowledged messages: turn on ${unsafe.join(', ')} in its configuration.`,
  );
};
