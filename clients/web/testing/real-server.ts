// The built server as a process of its own on an empty data directory, at an address that a restart keeps.
import { type ChildProcess, spawn } from 'node:child_process';
import { chmodSync, mkdtempSync } from 'node:fs';
import { readFile, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';

const READY = /^Filament is ready at (http:\/\/\S+)/;
const START_MS_MAX = 60_000;
const PLENTY = '1000000';

// A test is many people behind one address.
const GENEROUS = {
  FILAMENT_RATE_LIMIT_REQUESTS_PER_MINUTE: PLENTY,
  FILAMENT_AUTH_ROUTE_REQUESTS_PER_MINUTE: PLENTY,
  FILAMENT_DIRECTORY_JOIN_REQUESTS_PER_MINUTE_PER_IP: PLENTY,
  FILAMENT_MAX_CREATED_GUILDS_PER_USER: '100',
};

export type RealServer = {
  readonly origin: string;
  /** Ends it without warning, as a crash would, and waits until it is gone. */
  readonly crash: () => Promise<void>;
  /** Starts it again on the same data and the same address; resolves when it is ready. */
  readonly comeBack: () => Promise<void>;
  /** Stops it as Ctrl+C does and removes its data. */
  readonly stop: () => Promise<void>;
};

const freePort = (): Promise<number> =>
  new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once('error', reject);
    probe.listen(0, '127.0.0.1', () => {
      const address = probe.address();
      const port = address !== null && typeof address === 'object' ? address.port : 0;
      probe.close(() => resolve(port));
    });
  });

const ended = (child: ChildProcess): Promise<void> =>
  child.exitCode !== null || child.signalCode !== null
    ? Promise.resolve()
    : new Promise((resolve) => void child.once('exit', () => resolve()));

const serve = async (environment: Readonly<Record<string, string>>): Promise<ChildProcess> => {
  const child = spawn(process.execPath, ['dist/server/filament.js', 'serve'], {
    detached: true, // A Ctrl+C at the terminal of a test run must not reach it before the test ends it
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { PATH: process.env['PATH'] ?? '', HOME: process.env['HOME'] ?? '', ...environment },
  });
  let output = '';
  child.stderr.on('data', (chunk: Buffer) => (output += chunk.toString('utf8')));
  await new Promise<void>((resolve, reject) => {
    const timer = setTimeout(() => {
      child.kill('SIGKILL');
      reject(new Error(`The server was not ready in time:\n${output}`));
    }, START_MS_MAX);
    const settle = (act: () => void) => {
      clearTimeout(timer);
      act();
    };
    createInterface({ input: child.stdout }).on('line', (line) => {
      output += `${line}\n`;
      if (READY.test(line)) settle(resolve);
    });
    child.once('exit', (code) =>
      settle(() => reject(new Error(`The server ended with ${String(code)}:\n${output}`))),
    );
  });
  return child;
};

// The embedded PostgreSQL outlives a server that was killed.
const endPostgres = async (dataDirectory: string) => {
  const file = path.join(dataDirectory, 'postgres', 'postmaster.pid');
  const pid = Number((await readFile(file, 'utf8').catch(() => '')).split('\n')[0]);
  if (Number.isInteger(pid) && pid > 1) process.kill(pid, 'SIGQUIT');
};

/** Starts a server; rejects with what it printed when it doesn't come up within a minute. */
export const startRealServer = async (): Promise<RealServer> => {
  const dataDirectory = mkdtempSync(path.join(tmpdir(), 'filament-client-'));
  chmodSync(dataDirectory, 0o711); // PostgreSQL runs under an account of its own when the tests run as root
  const [port, gatewayPort] = [await freePort(), await freePort()];
  const environment = {
    ...GENEROUS,
    FILAMENT_DATA_DIR: dataDirectory,
    FILAMENT_BIND_ADDR: `127.0.0.1:${port}`,
    FILAMENT_GATEWAY_BIND_ADDR: `127.0.0.1:${gatewayPort}`,
  };
  let child = await serve(environment);
  const end = async (signal: NodeJS.Signals) => {
    child.kill(signal);
    await ended(child);
  };
  return {
    origin: `http://127.0.0.1:${port}`,
    crash: () => end('SIGKILL'),
    comeBack: async () => {
      child = await serve(environment);
    },
    stop: async () => {
      await end('SIGINT');
      await endPostgres(dataDirectory);
      await rm(dataDirectory, { recursive: true, force: true, maxRetries: 20, retryDelay: 50 });
    },
  };
};
