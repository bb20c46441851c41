// A bucket on a loopback port, for tests and for trying it out: moto's S3, in memory, which checks signatures and rights.
// The first run installs it with pip into .cache/; later runs need no network.
//
//   node infra/s3/s3.mjs [--port 9000] [--bucket filament] [--region us-east-1] [--install-only]
//
// Prints {"url", "bucket", "region", "keys"} once it answers, and ends with its standard input. Exit code 3: no Python.
import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const HERE = path.dirname(fileURLToPath(import.meta.url));
const CACHE = path.resolve(HERE, '../../.cache/s3');
const PACKAGES = ['moto[s3]==5.2.5', 'flask==3.1.3', 'flask-cors==6.0.5'];
const PYTHON = process.platform === 'win32' ? 'Scripts/python.exe' : 'bin/python';
const MISSING_TOOLS = 3;

const hasPython = () =>
  spawnSync('python3', ['-c', 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 10))'])
    .status === 0;

/** Installs beside, then renames: an interrupted install leaves nothing that looks whole, and the first of two wins. */
const install = () => {
  const home = path.join(
    CACHE,
    createHash('sha256').update(PACKAGES.join()).digest('hex').slice(0, 12),
  );
  if (existsSync(home)) return home;
  const part = `${home}.${process.pid}`;
  mkdirSync(CACHE, { recursive: true });
  rmSync(part, { recursive: true, force: true });
  console.error('Installing a test server for S3 with pip …');
  const run = (command, args) => {
    if (spawnSync(command, args, { stdio: ['ignore', 'ignore', 'inherit'] }).status === 0) return;
    console.error(`${command} ${args.join(' ')} failed; the lines above say why.`);
    process.exit(1);
  };
  run('python3', ['-m', 'venv', part]);
  const pip = ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check'];
  run(path.join(part, PYTHON), [...pip, ...PACKAGES]);
  try {
    renameSync(part, home);
  } catch (error) {
    rmSync(part, { recursive: true, force: true });
    if (!existsSync(home)) throw error;
  }
  return home;
};

const { values } = parseArgs({
  options: {
    port: { type: 'string', default: '9000' },
    bucket: { type: 'string', default: 'filament' },
    region: { type: 'string', default: 'us-east-1' },
    'install-only': { type: 'boolean', default: false },
  },
});
if (hasPython()) {
  const python = path.join(install(), PYTHON);
  const { port, bucket, region } = values;
  if (!values['install-only']) {
    const server = spawn(python, [path.join(HERE, 'serve.py'), port, bucket, region], {
      stdio: ['inherit', 'inherit', 'inherit'],
    });
    for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => server.kill(signal));
    server.on('exit', (code) => (process.exitCode = code ?? 0));
  }
} else {
  console.error('S3 can’t be run here: there is no Python 3.10 or later with venv and pip.');
  process.exitCode = MISSING_TOOLS;
}
