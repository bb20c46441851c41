// An embedded PostgreSQL: made on first use, shared by all processes on its data directory, surviving any of them.
import { spawn } from 'node:child_process';
import { createServer } from 'node:net';
import { open, realpath, rename, stat } from 'node:fs/promises';
import { release } from 'node:os';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import pg from 'pg';
import { createCluster, OWNER_ROLE } from './create-cluster.ts';
import { type Account, postgresAccount, requireReachable } from './postgres-account.ts';
import { type Binaries, postgresBinaries } from './postgres-binaries.ts';
import { type Lease, takeLease } from './postgres-lease.ts';
import { hasFaithfulSyncfs } from './syncfs.ts';
import {
  isAlive,
  type Postmaster,
  readPostmaster,
  removeStaleFile,
  removeUnreadableFile,
} from './postmaster-file.ts';

export type EmbeddedOptions = {
  readonly dataDir: string;
  readonly password: string; // The owner role's; the caller keeps it, mode 0600
  readonly database?: string; // Created when missing; default `filament`
  readonly settings?: Readonly<Record<string, string>>; // Over the defaults below, when this call starts the server
  readonly startMsMax?: number; // Recovery after a crash counts too
  /** Told after the server died under us and was started again, or of why it could not be yet. */
  readonly onDeath?: (outcome: 'restarted' | Error) => void;
};

export type EmbeddedPostgres = {
  readonly url: string;
  readonly pid: number;
  readonly port: number;
  /** True when this call started the server or found it orphaned; false when another process was using it. */
  readonly owned: boolean;
  /** Ends this process's use. The server itself is stopped by whoever leaves last. Close pools before. */
  readonly stop: () => Promise<void>;
};

const POLL_MS = 10;
const START_MS_MAX = 120_000;
const STOP_MS_MAX = 30_000;
const WATCH_MS = 250;
const LOG_BYTES_MAX = 8 * 1024 * 1024;

const SETTINGS: Readonly<Record<string, string>> = {
  listen_addresses: '127.0.0.1',
  unix_socket_directories: '',
  shared_buffers: '256MB',
  max_connections: '80',
  max_wal_size: '2GB',
  ...(hasFaithfulSyncfs(process.platform, release()) && { recovery_init_sync_method: 'syncfs' }),
  checkpoint_timeout: '15min',
  random_page_cost: '1.1',
  jit: 'off',
  timezone: 'UTC',
  log_timezone: 'UTC',
  cluster_name: 'filament',
  // Errors go to the client that caused them; in the log they would only be a way for personal data to leak to disk.
  log_min_messages: 'log',
  log_min_error_statement: 'panic',
  log_error_verbosity: 'terse',
  log_checkpoints: 'off',
};

const urlOf = (port: number, password: string, database: string): string =>
  `postgres://${OWNER_ROLE}:${encodeURIComponent(password)}@127.0.0.1:${port}/${database}`;

const freePort = (): Promise<number> =>
  new Promise((resolve, reject) => {
    const server = createServer();
    server.on('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => {
        if (typeof address === 'object' && address !== null) resolve(address.port);
        else reject(new Error('No free port on 127.0.0.1.'));
      });
    });
  });

const openLog = async (dataDir: string): Promise<Awaited<ReturnType<typeof open>>> => {
  const file = `${dataDir}.log`;
  const size = await stat(file).then(
    (found) => found.size,
    () => 0,
  );
  if (size > LOG_BYTES_MAX) await rename(file, `${file}.1`);
  return open(file, 'a', 0o600);
};

type Launch = { readonly failed: () => boolean };

type Attempt = EmbeddedOptions & {
  readonly port?: number; // Where the server must be found again; by default any free one
  readonly signal?: AbortSignal;
};

// In a session of its own: Ctrl+C in a terminal reaches the whole group, and would stop PostgreSQL before its users.
const launch = async (
  { dataDir, settings }: EmbeddedOptions,
  port: number,
  binaries: Binaries,
  account: Account,
): Promise<Launch> => {
  const log = await openLog(dataDir);
  const all = Object.entries({ ...SETTINGS, ...settings });
  const flags = all.flatMap(([name, value]) => ['-c', `${name}=${value}`]);
  const child = spawn(binaries.postgres, ['-D', dataDir, '-p', String(port), ...flags], {
    ...account,
    cwd: '/',
    detached: true,
    stdio: ['ignore', log.fd, log.fd],
  });
  let failed = false;
  child.on('error', () => (failed = true));
  child.on('exit', () => (failed = true));
  child.unref();
  await log.close();
  return { failed: () => failed };
};

const stopServer = async (dataDir: string): Promise<void> => {
  const running = await readPostmaster(dataDir);
  // After a crash the number that we once knew may be a stranger's.
  if (running === undefined || !(await isAlive(running, dataDir))) return;
  const { pid } = running;
  const gone = async (): Promise<boolean> => {
    const now = await readPostmaster(dataDir);
    return now?.pid !== pid || !(await isAlive(now, dataDir));
  };
  const until = Date.now() + STOP_MS_MAX;
  process.kill(pid, 'SIGINT'); // "Fast" shutdown: clients are cut off, everything is written.
  while (!(await gone())) {
    if (Date.now() > until) {
      process.kill(pid, 'SIGQUIT'); // "Immediate": recovers from the write-ahead log at the next start.
      return;
    }
    await delay(POLL_MS);
  }
};

const createDatabase = async (url: string, database: string): Promise<void> => {
  const client = new pg.Client({ connectionString: url });
  client.on('error', () => {});
  await client.connect();
  try {
    const found = await client.query('SELECT FROM pg_database WHERE datname = $1', [database]);
    if (found.rowCount === 0)
      await client.query(`CREATE DATABASE ${pg.escapeIdentifier(database)}`);
  } catch (error) {
    const raced =
      error instanceof pg.DatabaseError && ['42P04', '23505'].includes(error.code ?? '');
    if (!raced) throw error;
  } finally {
    await client.end();
  }
};

const WRONG_PASSWORD = '28P01';

const leaseOf = async (
  server: Postmaster,
  options: EmbeddedOptions,
): Promise<Lease | undefined> => {
  const { dataDir, password } = options;
  try {
    const lease = await takeLease(urlOf(server.port, password, 'postgres'));
    if ((await realpath(lease.dataDirectory)) === (await realpath(dataDir))) return lease;
    await lease.release(async () => {});
    return undefined;
  } catch (error) {
    if (!(error instanceof pg.DatabaseError) || error.code !== WRONG_PASSWORD) return undefined;
    throw new Error(
      `The PostgreSQL in ${dataDir} refuses our password. ` +
        'Restore the password file that belongs to this data directory.',
    );
  }
};

type Found = { readonly server: Postmaster; readonly lease: Lease };

const findOrLaunch = async (options: Attempt): Promise<Found> => {
  const { dataDir, port, signal, startMsMax = START_MS_MAX } = options;
  const binaries = postgresBinaries();
  const account = postgresAccount();
  await createCluster({ ...options, binaries, account });
  requireReachable(path.join(dataDir, 'PG_VERSION'), account);
  requireReachable(binaries.postgres, account);
  const until = Date.now() + startMsMax;
  let launched: Launch | undefined;
  let pause = POLL_MS;
  for (;;) {
    const server = await readPostmaster(dataDir);
    const alive = server !== undefined && (await isAlive(server, dataDir));
    if (alive && server.ready) {
      const lease = await leaseOf(server, options);
      if (lease !== undefined) return { server, lease };
    }
    if (!alive && (launched === undefined || launched.failed())) {
      await (server === undefined
        ? removeUnreadableFile(dataDir)
        : removeStaleFile(server, dataDir));
      // A second launch means that the first lost a race or its port, or that killed backends still linger: no hurry.
      if (launched !== undefined) await delay((pause = Math.min(pause * 2, 1_000)));
      // Where a dead one listened, as long as that is free, since those whose server it was still look for it there.
      const wanted = port ?? (launched === undefined ? server?.port : undefined);
      launched = await launch(options, wanted || (await freePort()), binaries, account);
    }
    signal?.throwIfAborted();
    if (Date.now() > until) {
      throw new Error(`PostgreSQL in ${dataDir} didn't get ready; see ${dataDir}.log`);
    }
    await delay(POLL_MS);
  }
};

const requireRunning = async (attempt: Attempt & { readonly port: number }): Promise<boolean> => {
  const { dataDir, port } = attempt;
  const known = await readPostmaster(dataDir);
  if (known !== undefined && (await isAlive(known, dataDir))) return false;
  const { server, lease } = await findOrLaunch(attempt);
  await lease.release(async () => {}); // The first lease renews itself.
  if (server.port === port) return true;
  throw new Error(`PostgreSQL in ${dataDir} is on another port now: start this process again.`);
};

/** Starts the server again whenever it is gone; the returned function ends that. */
const keepRunning = (
  options: EmbeddedOptions,
  port: number,
  onDeath: NonNullable<EmbeddedOptions['onDeath']>,
): (() => Promise<void>) => {
  const ending = new AbortController();
  const { signal } = ending;
  const isEnding = (): boolean => signal.aborted;
  const watch = async (): Promise<void> => {
    while (!isEnding()) {
      try {
        if (await requireRunning({ ...options, port, signal })) onDeath('restarted');
      } catch (error) {
        if (!isEnding()) onDeath(error instanceof Error ? error : new Error(String(error)));
      }
      await delay(WATCH_MS, undefined, { signal, ref: false }).catch(() => undefined);
    }
  };
  const watching = watch();
  return async () => {
    ending.abort();
    await watching;
  };
};

/**
 * Starts the PostgreSQL of a data directory, or joins the one that already runs on it (another process's, or the orphan of
 * a killed one). Throws with what to do when it can't.
 */
export const startEmbeddedPostgres = async (
  options: EmbeddedOptions,
): Promise<EmbeddedPostgres> => {
  const dataDir = path.resolve(options.dataDir);
  const { server, lease } = await findOrLaunch({ ...options, dataDir });
  const { password, database = 'filament', onDeath } = options;
  await createDatabase(urlOf(server.port, password, 'postgres'), database);
  const endWatch =
    onDeath === undefined
      ? async () => {}
      : keepRunning({ ...options, dataDir }, server.port, onDeath);
  return {
    url: urlOf(server.port, password, database),
    pid: server.pid,
    port: server.port,
    owned: lease.alone,
    stop: async () => {
      await endWatch();
      await lease.release(() => stopServer(dataDir));
    },
  };
};
