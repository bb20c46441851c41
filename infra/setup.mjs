// Brings a checkout into a state where it can run: dependencies as the lock file says, bundles as the sources say.
// Only Node's own modules here: on a fresh clone there is nothing else yet.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

export const ROOT = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
const INSTALLED = path.join(ROOT, 'node_modules', '.filament-installed');
const BUILT = path.join(ROOT, 'dist', '.built');
const SOURCES = [
  'domain',
  'application',
  'projections',
  'infrastructure',
  'clients',
  'infra',
  'package-lock.json',
];
const NODE_MIN = [20, 19];

const readIfThere = (file) => (existsSync(file) ? readFileSync(file, 'utf8') : '');

const run = (command, args) => {
  const { status } = spawnSync(command, args, {
    cwd: ROOT,
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  if (status !== 0) {
    console.error(
      `\n${command} ${args.join(' ')} failed. The lines above say why; fix that and run it again.`,
    );
    process.exit(1);
  }
};

const requireNode = () => {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  if (major > NODE_MIN[0] || (major === NODE_MIN[0] && minor >= NODE_MIN[1])) return;
  console.error(
    `Filament needs Node ${NODE_MIN.join('.')} or later; this is ${process.versions.node}.`,
  );
  process.exit(1);
};

/** Installs the locked dependencies when the lock file changed since the last time. */
export const ensureInstalled = () => {
  requireNode();
  const wanted = createHash('sha256')
    .update(readFileSync(path.join(ROOT, 'package-lock.json')))
    .digest('hex');
  if (readIfThere(INSTALLED) === wanted) return;
  console.log('Installing dependencies …');
  run('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error']);
  writeFileSync(INSTALLED, wanted);
};

const fingerprintOf = (entry, hash) => {
  const stats = statSync(entry, { throwIfNoEntry: false });
  if (!stats) return;
  if (!stats.isDirectory()) {
    hash.update(`${path.relative(ROOT, entry)}:${stats.size}:${stats.mtimeMs};`);
    return;
  }
  for (const name of readdirSync(entry).sort()) {
    if (name !== 'node_modules' && name !== 'dist') fingerprintOf(path.join(entry, name), hash);
  }
};

/** Builds server and web client when a source file changed since the last time. */
export const ensureBuilt = async () => {
  const hash = createHash('sha256');
  for (const source of SOURCES) fingerprintOf(path.join(ROOT, source), hash);
  const wanted = hash.digest('hex');
  if (readIfThere(BUILT) === wanted) return;
  console.log('Building …');
  const { build } = await import('./build.mjs');
  await build();
  mkdirSync(path.dirname(BUILT), { recursive: true });
  writeFileSync(BUILT, wanted);
};
