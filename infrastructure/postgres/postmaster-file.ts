// PostgreSQL's own lock file says which server, if any, runs on a data directory.
import { readFile, readlink, realpath, stat, unlink } from 'node:fs/promises';
import path from 'node:path';

export type Postmaster = {
  readonly pid: number;
  readonly port: number;
  readonly ready: boolean;
};

const FILE = 'postmaster.pid';
const LINE = { pid: 0, port: 3, status: 7 } as const;

/** The server that the lock file names, whether alive or not; undefined without a (whole) file. */
export const readPostmaster = async (dataDir: string): Promise<Postmaster | undefined> => {
  const text = await readFile(path.join(dataDir, FILE), 'utf8').catch(() => '');
  const lines = text.split('\n');
  const pid = Number(lines[LINE.pid]);
  if (!Number.isInteger(pid) || pid < 1) return undefined;
  return {
    pid,
    port: Number(lines[LINE.port] ?? 0),
    ready: lines[LINE.status]?.trim() === 'ready',
  };
};

const exists = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
};

// A postmaster works in its data directory, so its folder tells it from a stranger that was given the same number.
const worksIn = async (pid: number, dataDir: string): Promise<boolean> => {
  const folder = await readlink(`/proc/${pid}/cwd`).catch(() => undefined);
  if (folder === undefined) return process.platform !== 'linux';
  return folder === (await realpath(dataDir));
};

/** Whether the named server still runs on this data directory. */
export const isAlive = async ({ pid }: Postmaster, dataDir: string): Promise<boolean> =>
  exists(pid) && (await worksIn(pid, dataDir));

/**
 * Removes a lock file left by a killed server when its process number now belongs to a stranger. PostgreSQL would take
 * the stranger for itself and refuse to start.
 */
export const removeStaleFile = async (stale: Postmaster, dataDir: string): Promise<void> => {
  const now = await readPostmaster(dataDir);
  if (now?.pid === stale.pid) await unlink(path.join(dataDir, FILE)).catch(() => undefined);
};

// PostgreSQL writes its number into a new file at once; one without a number for longer is what a power cut left.
const UNREADABLE_MS_MAX = 1_000;

/** Removes a lock file that names no server, with which PostgreSQL would refuse to start until somebody removes it. */
export const removeUnreadableFile = async (dataDir: string): Promise<void> => {
  const file = path.join(dataDir, FILE);
  const written = await stat(file).catch(() => undefined);
  if (written === undefined || Date.now() - written.mtimeMs < UNREADABLE_MS_MAX) return;
  if ((await readPostmaster(dataDir)) === undefined) await unlink(file).catch(() => undefined);
};
