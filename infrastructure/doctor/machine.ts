// The machine: room on the disk, ports, files of secrets.
import { lstat, readdir, statfs } from 'node:fs/promises';
import { createConnection, createServer } from 'node:net';
import path from 'node:path';
import { type BindAddress } from '../config/addresses.ts';
import { failed, ok, warning, type Finding } from './finding.ts';

const MIB = 1024 * 1024;
const LITTLE_BYTES = 1024 * MIB;
const NO_BYTES = 200 * MIB;
const PROBE_MS = 2_000;

/** Finds on free room, in bytes, as PostgreSQL sees it: when there is none, nothing is accepted any more. */
export const diskFinding = (free: number, folder: string): Finding => {
  const found = `${Math.floor(free / MIB).toLocaleString('en')} MiB free in ${folder}`;
  const next = 'Free some room or move FILAMENT_DATA_DIR: a full disk stops all writing.';
  if (free < NO_BYTES) return failed('disk', found, next);
  return free < LITTLE_BYTES ? warning('disk', found, next) : ok('disk', found);
};

export const lookAtDisk = async (folder: string): Promise<Finding> => {
  const { bavail, bsize } = await statfs(folder);
  return diskFinding(bavail * bsize, folder);
};

const OTHERS = 0o077;

export const lookAtSecrets = async (folder: string): Promise<Finding> => {
  const open: string[] = [];
  const entries = await readdir(folder);
  for (const name of ['', ...entries]) {
    const { mode } = await lstat(path.join(folder, name));
    if (process.platform !== 'win32' && (mode & OTHERS) !== 0) open.push(path.join(folder, name));
  }
  return open.length === 0
    ? ok('secrets', `${entries.length} files, readable by their owner only`)
    : failed('secrets', `open to others: ${open.join(', ')}`, `Run: chmod go= ${open.join(' ')}`);
};

const canListen = ({ host, port }: BindAddress): Promise<NodeJS.ErrnoException | null> =>
  new Promise((resolve) => {
    const probe = createServer();
    probe.once('error', resolve);
    probe.listen(port, host, () => probe.close(() => resolve(null)));
  });

const answers = ({ host, port }: BindAddress): Promise<boolean> =>
  new Promise((resolve) => {
    const reachable = host === '0.0.0.0' ? '127.0.0.1' : host === '::' ? '::1' : host;
    const socket = createConnection({ host: reachable, port, timeout: PROBE_MS });
    const done = (does: boolean) => {
      socket.destroy();
      resolve(does);
    };
    socket.once('connect', () => done(true));
    socket.once('timeout', () => done(false));
    socket.once('error', () => done(false));
  });

/** Whether the server could listen there, or something does. */
export const lookAtPort = async (
  about: string,
  variable: string,
  address: BindAddress,
): Promise<Finding> => {
  const where = `${address.host}:${address.port}`;
  if (address.port === 0) return ok(about, 'any free port');
  const error = await canListen(address);
  if (error === null) return ok(about, `${where} is free`);
  if (error.code === 'EADDRINUSE' && (await answers(address)))
    return ok(about, `${where} is in use: by the running server, if it runs`);
  return failed(
    about,
    `${where} can't be used (${error.code ?? error.message})`,
    `Set ${variable} to an address of this machine and a port that this user may open.`,
  );
};
