// `node infra/probes.mjs`: strangers' test tools at our interface. schemathesis asks a running server everything that its
// OpenAPI document allows and forbids; kosoku runs the WebSocket cases of the Autobahn suite at our transport's settings.
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { ensureBuilt, ensureInstalled, ROOT } from './setup.mjs';

const TOOLS = ['schemathesis==4.32.5', 'kosoku==0.1.0'];
const VENV = path.join(ROOT, '.cache/probes');
const MARK = path.join(VENV, '.installed');
const KOSOKU_MS_MAX = 5 * 60_000;

const hasPython = () =>
  spawnSync('python3', ['-c', 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 10))'])
    .status === 0;

const run = (command, args, options = {}) =>
  spawnSync(command, args, { cwd: ROOT, stdio: ['ignore', 'inherit', 'inherit'], ...options })
    .status ?? 1;

const ensureTools = () => {
  const wanted = TOOLS.join('\n');
  if (existsSync(MARK) && readFileSync(MARK, 'utf8') === wanted) return;
  console.log('Installing schemathesis and kosoku …');
  const pip = path.join(VENV, 'bin/pip');
  if (
    run('python3', ['-m', 'venv', '--clear', VENV]) !== 0 ||
    run(pip, ['install', '--quiet', '--disable-pip-version-check', ...TOOLS]) !== 0
  ) {
    console.error('The test tools could not be installed; the lines above say why.');
    process.exit(1);
  }
  writeFileSync(MARK, wanted);
};

const probeSockets = async () => {
  const echo = spawn(process.execPath, ['dist/server/socket-echo.js'], {
    cwd: ROOT,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const port = await new Promise((resolve, reject) => {
    createInterface({ input: echo.stdout }).once('line', resolve);
    echo.once('exit', () => reject(new Error('The echo ended before it listened.')));
  });
  if (port === 'none') {
    console.log('WebSocket cases skipped: this Node has no native WebSocket library.');
    return 0;
  }
  const reports = path.join(ROOT, '.cache/probe-sockets');
  const status = run(
    path.join(VENV, 'bin/kosoku'),
    // 12 and 13 are about compression, which we refuse (CRIME and BREACH).
    ['-p', '4', '-x', '12.*', '-x', '13.*', '-o', reports, `127.0.0.1:${port}`],
    { timeout: KOSOKU_MS_MAX },
  );
  echo.removeAllListeners('exit');
  echo.kill();
  return status;
};

if (!hasPython()) {
  console.log('Probes skipped: there is no Python 3.10 or later with venv here.');
  process.exit(0);
}
ensureInstalled();
await ensureBuilt();
ensureTools();
const sockets = await probeSockets();
const http = run(process.execPath, [
  'dist/server/probe-http.js',
  path.join(VENV, 'bin/schemathesis'),
]);
console.log(
  `WebSocket cases: ${sockets === 0 ? 'ok' : 'FAIL'}; HTTP: ${http === 0 ? 'ok' : 'FAIL'}`,
);
process.exit(sockets === 0 && http === 0 ? 0 : 1);
