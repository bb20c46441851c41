// What the server and every command of the operator stand on: secrets, PostgreSQL, the log, the vault, the event store.
import { constants } from 'node:fs';
import { access, mkdir } from 'node:fs/promises';
import path from 'node:path';
import { type EventLog } from '../../application/event-store/event-log.ts';
import { type EventStore, type Sealer } from '../../application/event-store/event-store.ts';
import { type BlobStore } from '../../application/blob/blob-store.ts';
import { type ContentKeys } from '../../application/blob/content-keys.ts';
import { type Clock } from '../../application/ports.ts';
import { installationId } from '../auth/tokens.ts';
import { refuseHalfRestored } from '../backup/restore-marker.ts';
import { type Config } from '../config/config.ts';
import { createEventStore } from '../event-store/event-store.ts';
import { createSealer } from '../event-store/sealer.ts';
import { createUuidV7 } from '../event-store/uuid-v7.ts';
import { LOG_MIGRATIONS } from '../event-log/postgres/migrations.ts';
import { createPostgresLog } from '../event-log/postgres/postgres-log.ts';
import { type Log } from '../logging/log.ts';
import { createPool, type Pool } from '../postgres/database.ts';
import { requireDurable } from '../postgres/durability.ts';
import { startEmbeddedPostgres } from '../postgres/embedded.ts';
import { migrate } from '../postgres/migrations.ts';
import { OPS_MIGRATIONS } from '../projections/migrations.ts';
import { loadSecrets, type Secrets } from '../secrets/secrets.ts';
import { createContentKeys } from '../vault/content-keys.ts';
import { createDataKeys, type DataKeys } from '../vault/data-keys.ts';
import { VAULT_MIGRATIONS } from '../vault/migrations.ts';
import { createSaltTable } from '../vault/salt-table.ts';
import { systemClock } from './clock-and-ids.ts';
import { requireSameInstallation } from './same-installation.ts';

export type Foundation = {
  readonly config: Config;
  readonly secrets: Secrets;
  readonly databaseUrl: string;
  readonly pool: Pool; // For requests; projections and the log have connections of their own
  readonly eventLog: EventLog;
  readonly dataKeys: DataKeys;
  readonly store: EventStore;
  readonly sealer: Sealer;
  readonly contentKeys: ContentKeys;
  readonly clock: Clock;
  readonly newUuid: () => string;
  /** Closes everything; PostgreSQL is stopped by whoever leaves it last. */
  readonly close: () => Promise<void>;
};

/** What the server stands on beyond that; a command of the operator needs no bytes, so none waits for their store. */
export type ServerFoundation = Foundation & { readonly blobs: BlobStore };

export const MIGRATIONS = [...VAULT_MIGRATIONS, ...LOG_MIGRATIONS, ...OPS_MIGRATIONS];

type Database = { readonly url: string; readonly stop: () => Promise<void> };

export const openDatabase = async (
  config: Config,
  secrets: Secrets,
  log: Log,
): Promise<Database> => {
  if (config.databaseUrl !== null) return { url: config.databaseUrl, stop: async () => {} };
  return startEmbeddedPostgres({
    dataDir: path.join(path.resolve(config.dataDirectory), 'postgres'),
    password: secrets.databasePassword,
    onDeath: (outcome) =>
      outcome === 'restarted'
        ? log.warn({ event: 'database.restarted' })
        : log.error({ event: 'database.restart_failed', err: outcome }),
  });
};

const openLog = async (config: Config, url: string, pool: Pool, log: Log): Promise<EventLog> => {
  const onError = (err: unknown) => log.warn({ event: 'log.retry', err });
  const queueMax = config.limits.logQueueMax;
  // Well before the request's own end, so that a database that is away is a 503 and not a silent 408.
  const deadlineMs = config.limits.requestTimeoutMs / 2;
  if (config.eventStoreUrl === null)
    return createPostgresLog({ url, pool, queueMax, deadlineMs, onError });
  // Loaded only here: its client takes longer to load than all else that a start without it waits for.
  const { openKurrentLog } = await import('../event-log/kurrentdb/open-kurrent-log.ts');
  return openKurrentLog({ url: config.eventStoreUrl, pool, appendsMax: queueMax, onError });
};

const openDataDirectory = async (folder: string): Promise<void> => {
  try {
    await mkdir(folder, { recursive: true });
    await access(folder, constants.W_OK | constants.X_OK);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new Error(
      `The data directory can't be used (${reason}). ` +
        'Set FILAMENT_DATA_DIR to a folder that this user may write to.',
      { cause },
    );
  }
};

/** Opens the foundation; rejects with what to do when a part can't be had. */
export const openFoundation = async (config: Config, log: Log): Promise<Foundation> => {
  await openDataDirectory(config.dataDirectory);
  await refuseHalfRestored(config.dataDirectory);
  const secrets = await loadSecrets({
    dataDirectory: path.resolve(config.dataDirectory),
    masterKey: config.masterKey,
    databasePassword: null,
  });
  const database = await openDatabase(config, secrets, log);
  const pool = createPool({
    url: database.url,
    name: 'requests',
    max: config.databasePoolMax,
    onError: (err) => log.warn({ event: 'database.connection_lost', err }),
  });
  const prepare = async (): Promise<EventLog> => {
    await requireDurable(pool, { allowUnsafe: config.unsafeDatabase === 'yes' });
    await migrate(pool, MIGRATIONS);
    await requireSameInstallation(pool, installationId(secrets.masterKey));
    log.info({ event: 'db.init', outcome: 'ok' });
    return openLog(config, database.url, pool, log);
  };
  const eventLog = await prepare().catch(async (error: unknown) => {
    await pool.end();
    await database.stop();
    throw error;
  });
  const dataKeys = createDataKeys({
    masterKey: secrets.masterKey,
    salts: createSaltTable({ pool }),
  });
  const newUuid = createUuidV7(systemClock);
  return {
    config,
    secrets,
    databaseUrl: database.url,
    pool,
    eventLog,
    dataKeys,
    store: createEventStore({ log: eventLog, dataKeys, newUuid }),
    sealer: createSealer({
      dataKeys,
      onTampered: (place) => log.error({ event: 'vault.tampered', ...place }),
    }),
    contentKeys: createContentKeys(dataKeys),
    clock: systemClock,
    newUuid,
    close: async () => {
      await eventLog.close();
      await pool.end();
      await database.stop();
    },
  };
};
