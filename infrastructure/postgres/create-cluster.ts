// Makes a new database cluster. It's built beside its place and moved there in one step, so that a process killed in the
// middle leaves no half-made cluster, and of two processes that start at once one wins.
import { spawn } from 'node:child_process';
import { chown, mkdir, mkdtemp, readdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { type Account, requireReachable } from './postgres-account.ts';
import { type Binaries } from './postgres-binaries.ts';

export const OWNER_ROLE = 'filament';
const BUILD_MS_MAX = 600_000;
const OUTPUT_CHARS_MAX = 4_000;

const run = (program: string, args: readonly string[], account: Account): Promise<void> =>
  new Promise((resolve, reject) => {
    const child = spawn(program, args, { ...account, cwd: '/', stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    const keep = (chunk: Buffer): void => {
      output = (output + chunk.toString()).slice(-OUTPUT_CHARS_MAX);
    };
    child.stdout.on('data', keep);
    child.stderr.on('data', keep);
    child.on('error', reject);
    child.on('close', (code) => {
      if (code === 0) resolve();
      else
        reject(new Error(`${path.basename(program)} failed (${String(code)}): ${output.trim()}`));
    });
  });

const buildPrefix = (dataDir: string): string => `${path.basename(dataDir)}.making-`;

const removeAbandonedBuilds = async (dataDir: string): Promise<void> => {
  const parent = path.dirname(dataDir);
  for (const name of await readdir(parent)) {
    if (!name.startsWith(buildPrefix(dataDir))) continue;
    const folder = path.join(parent, name);
    const made = await stat(folder).catch(() => undefined);
    const abandoned = made !== undefined && Date.now() - made.mtimeMs > BUILD_MS_MAX;
    if (abandoned) await rm(folder, { recursive: true, force: true });
  }
};

const isCluster = (dataDir: string): Promise<boolean> =>
  stat(path.join(dataDir, 'PG_VERSION')).then(
    () => true,
    () => false,
  );

/** Makes the cluster unless it's there: UTF-8, byte order for text, page checksums, SCRAM for every connection. */
export const createCluster = async ({
  dataDir,
  password,
  binaries,
  account,
}: {
  readonly dataDir: string;
  readonly password: string;
  readonly binaries: Binaries;
  readonly account: Account;
}): Promise<void> => {
  if (await isCluster(dataDir)) return;
  await mkdir(path.dirname(dataDir), { recursive: true });
  requireReachable(dataDir, account);
  requireReachable(binaries.initdb, account);
  await removeAbandonedBuilds(dataDir);
  const build = await mkdtemp(path.join(path.dirname(dataDir), buildPrefix(dataDir)));
  try {
    const cluster = path.join(build, 'cluster');
    const passwordFile = path.join(build, 'password');
    await writeFile(passwordFile, `${password}\n`, { mode: 0o600 });
    if (account.uid !== undefined && account.gid !== undefined) {
      await chown(passwordFile, account.uid, account.gid);
      await chown(build, account.uid, account.gid);
    }
    const options = ['--encoding=UTF8', '--locale=C', '--data-checksums', '--auth=scram-sha-256'];
    const who = [`--username=${OWNER_ROLE}`, `--pwfile=${passwordFile}`];
    await run(binaries.initdb, [`--pgdata=${cluster}`, ...options, ...who], account);
    await rename(cluster, dataDir).catch(async (error: unknown) => {
      // Another process was quicker: its cluster is as good as ours.
      if (!(await isCluster(dataDir))) throw error;
    });
  } finally {
    await rm(build, { recursive: true, force: true });
  }
};
