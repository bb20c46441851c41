// Where a whole-server spec lives: servers and data directories of its own, all gone afterwards, also when it failed.
import { spawn } from 'node:child_process';
import { readFile, rm } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { isAlive, type Postmaster, readPostmaster } from '../postgres/postmaster-file.ts';
import { type ServerProcess, startServer, temporaryDataDirectory } from './server-process.ts';

type Variables = Readonly<Record<string, string>>;
export type Finished = { readonly code: number | null; readonly output: string };

const ENTRY = 'dist/server/filament.js';
const POLL_MS = 10;
const WITHIN_MS = 30_000;
const PLENTY = '1000000';

/** Limits that a test, being many people behind one address, would else run into. */
export const GENEROUS: Variables = {
  FILAMENT_RATE_LIMIT_REQUESTS_PER_MINUTE: PLENTY,
  FILAMENT_AUTH_ROUTE_REQUESTS_PER_MINUTE: PLENTY,
  FILAMENT_DIRECTORY_JOIN_REQUESTS_PER_MINUTE_PER_IP: PLENTY,
  FILAMENT_DIRECTORY_JOIN_REQUESTS_PER_MINUTE_PER_USER: PLENTY,
  FILAMENT_GATEWAY_INGRESS_EVENTS_PER_WINDOW: PLENTY,
  FILAMENT_SEARCH_TIMEOUT_MS: '10000', // A busy machine must not turn a search into a refusal.
  FILAMENT_GATEWAY_CONNECTIONS_PER_USER: '1000',
  FILAMENT_GATEWAY_CONNECTIONS_PER_ADDRESS: '1000',
};

/** Resolves when the condition holds; rejects with its name when it doesn't come true in time. */
export const until = async (
  what: string,
  condition: () => boolean | Promise<boolean>,
  withinMs = WITHIN_MS,
): Promise<void> => {
  const end = Date.now() + withinMs;
  while (!(await condition())) {
    if (Date.now() > end) throw new Error(`Not within ${withinMs} ms: ${what}`);
    await delay(POLL_MS);
  }
};

export const postgresFolder = (dataDirectory: string): string =>
  path.join(dataDirectory, 'postgres');

/** The PostgreSQL that runs on a data directory now. */
export const runningPostgres = async (dataDirectory: string): Promise<Postmaster | undefined> => {
  const folder = postgresFolder(dataDirectory);
  const found = await readPostmaster(folder);
  return found !== undefined && (await isAlive(found, folder)) ? found : undefined;
};

/** The embedded database of a running server, as the operator of the machine may open it. */
export const databaseUrl = async (dataDirectory: string): Promise<string> => {
  const running = await runningPostgres(dataDirectory);
  if (running === undefined) throw new Error('no PostgreSQL runs here');
  const file = path.join(dataDirectory, 'secrets/database-password');
  const password = encodeURIComponent((await readFile(file, 'utf8')).trim());
  return `postgres://filament:${password}@127.0.0.1:${running.port}/filament`;
};

/** Kills PostgreSQL without warning, as a crash of the machine would, and waits for its end. */
export const killPostgres = async (
  dataDirectory: string,
  signal: NodeJS.Signals = 'SIGKILL',
): Promise<void> => {
  const running = await runningPostgres(dataDirectory);
  if (running === undefined) return;
  process.kill(running.pid, signal);
  await until(
    'PostgreSQL is gone',
    async () => (await runningPostgres(dataDirectory)) === undefined,
  );
};

export type Run = {
  readonly ended: Promise<Finished>;
  readonly soFar: () => string; // Printed until now
  /** Kills without warning, or as asked, and waits for the end. */
  readonly kill: (signal?: NodeJS.Signals) => Promise<Finished>;
};

/** Begins a command; it is killed when it takes too long. */
export const beginFilament = (
  args: readonly string[],
  variables: Variables,
  withinMs = WITHIN_MS,
): Run => {
  const child = spawn(process.execPath, [ENTRY, ...args], {
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: withinMs,
    killSignal: 'SIGKILL',
    env: { PATH: process.env['PATH'] ?? '', HOME: process.env['HOME'] ?? '', ...variables },
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk: Buffer) => (output += chunk.toString('utf8')));
  const ended = new Promise<Finished>((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code) => resolve({ code, output }));
  });
  return {
    ended,
    soFar: () => output,
    kill: (signal = 'SIGKILL') => {
      child.kill(signal);
      return ended;
    },
  };
};

/** Runs a command to its end. */
export const runFilament = (
  args: readonly string[],
  variables: Variables,
  withinMs = WITHIN_MS,
): Promise<Finished> => beginFilament(args, variables, withinMs).ended;

export type TestSite = {
  readonly newDataDirectory: () => string;
  readonly start: (dataDirectory: string, variables?: Variables) => Promise<ServerProcess>;
  /** Also called at the end of the spec, before servers are killed. */
  readonly onCleanUp: (work: () => unknown) => void;
  readonly cleanUp: () => Promise<void>;
};

export const createTestSite = (name: string): TestSite => {
  const folders: string[] = [];
  const servers: ServerProcess[] = [];
  const others: (() => unknown)[] = [];
  return {
    newDataDirectory: () => {
      const folder = temporaryDataDirectory(name);
      folders.push(folder);
      return folder;
    },
    start: async (dataDirectory, variables = {}) => {
      const server = await startServer(
        { FILAMENT_DATA_DIR: dataDirectory, FILAMENT_BIND_ADDR: '127.0.0.1:0', ...variables },
        [ENTRY, 'serve'],
      );
      servers.push(server);
      return server;
    },
    onCleanUp: (work) => void others.push(work),
    cleanUp: async () => {
      for (const work of others.splice(0).reverse()) await work();
      await Promise.all(servers.splice(0).map((server) => server.kill()));
      for (const folder of folders.splice(0)) {
        await killPostgres(folder, 'SIGQUIT');
        await rm(folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 50 });
      }
    },
  };
};
