// The real server as a process of its own, for whole-server tests, benchmarks and the demo.
import { spawn, type ChildProcess } from 'node:child_process';
import { chmodSync, mkdtempSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';

const READY = /^Filament is ready at (http:\/\/\S+)/;
const START_MS_MAX = 60_000;

export type ServerProcess = {
  readonly baseUrl: string;
  readonly pid: number;
  readonly readyAfterMs: number; // From spawn to healthy
  readonly output: () => string; // Everything printed so far
  /** Kills without warning, as a crash would. */
  readonly kill: () => Promise<void>;
  /** Stops as Ctrl+C does; resolves with the exit code. */
  readonly stop: () => Promise<number | null>;
};

/** A new empty folder that PostgreSQL's own account may pass through when the tests run as root. */
export const temporaryDataDirectory = (name: string): string => {
  const folder = mkdtempSync(path.join(tmpdir(), `filament-${name}-`));
  chmodSync(folder, 0o711);
  return folder;
};

/** A free port at the moment of asking. */
export const freePort = (): Promise<number> =>
  new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once('error', reject);
    probe.listen(0, '127.0.0.1', () => {
      const address = probe.address();
      probe.close(() =>
        address !== null && typeof address === 'object'
          ? resolve(address.port)
          : reject(new Error('no port')),
      );
    });
  });

const exited = (child: ChildProcess): Promise<number | null> =>
  child.exitCode !== null || child.signalCode !== null
    ? Promise.resolve(child.exitCode)
    : new Promise((resolve) => child.once('exit', resolve));

/** Starts `filament serve` with these variables on top of a bare environment; rejects with its output if it ends first. */
export const startServer = async (
  environment: Readonly<Record<string, string>>,
  entry: readonly string[] = ['dist/server/filament.js', 'serve'],
): Promise<ServerProcess> => {
  const started = Date.now();
  const child = spawn(process.execPath, [...entry], {
    // A group of its own: a Ctrl+C at the terminal of a test run must not reach it twice.
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      PATH: process.env['PATH'] ?? '',
      HOME: process.env['HOME'] ?? '',
      ...environment,
    },
  });
  let output = '';
  child.stderr.on('data', (chunk: Buffer) => (output += chunk.toString('utf8')));
  const baseUrl = await new Promise<string>((resolve, reject) => {
    const timer = setTimeout(() => {
      child.kill('SIGKILL');
      reject(new Error(`not ready in time:\n${output}`));
    }, START_MS_MAX);
    createInterface({ input: child.stdout }).on('line', (line) => {
      output += `${line}\n`;
      const url = READY.exec(line)?.[1];
      if (url === undefined) return;
      clearTimeout(timer);
      resolve(url);
    });
    child.once('exit', (code) => {
      clearTimeout(timer);
      reject(new Error(`the server ended with ${String(code)}:\n${output}`));
    });
  });
  const { pid } = child;
  if (pid === undefined) throw new Error('the server has no process id');
  return {
    baseUrl,
    pid,
    readyAfterMs: Date.now() - started,
    output: () => output,
    kill: async () => {
      child.kill('SIGKILL');
      await exited(child);
    },
    stop: () => {
      child.kill('SIGINT');
      return exited(child);
    },
  };
};
