// `npm run check`: types, lint, layers, dead code, format. Runs all of them and fails if any fails.
import { spawn } from 'node:child_process';
import { ensureInstalled, ROOT } from './setup.mjs';

ensureInstalled();

const LAYERS = ['domain', 'application', 'projections', 'infrastructure', 'clients/web/src'];
const CHECKS = [
  ['types', 'tsc', ['-p', 'tsconfig.json']],
  ['domain types', 'tsc', ['-p', 'domain/tsconfig.json']],
  [
    'client types',
    'svelte-check',
    ['--tsconfig', 'clients/web/tsconfig.json', '--fail-on-warnings'],
  ],
  ['lint', 'eslint', ['.', '--max-warnings=0']],
  [
    'layers',
    'depcruise',
    ['--config', '.dependency-cruiser.cjs', '--output-type', 'err', ...LAYERS],
  ],
  ['dead code', 'knip', ['--no-progress']],
  ['format', 'prettier', ['--check', '--log-level', 'warn', '.']],
];
const AT_ONCE = 2;

const runCheck = ([name, binary, args]) =>
  new Promise((resolve) => {
    const started = Date.now();
    let output = '';
    const child = spawn(`node_modules/.bin/${binary}`, args, { cwd: ROOT });
    for (const stream of [child.stdout, child.stderr])
      stream.on('data', (chunk) => (output += chunk));
    child.on('close', (code) => {
      const seconds = ((Date.now() - started) / 1000).toFixed(1);
      console.log(
        `${code === 0 ? 'ok  ' : 'FAIL'} ${name} (${seconds} s)${code === 0 ? '' : `\n${output}`}`,
      );
      resolve(code === 0);
    });
  });

const waiting = [...CHECKS];
let ok = true;
const worker = async () => {
  for (let check = waiting.shift(); check; check = waiting.shift())
    ok = (await runCheck(check)) && ok;
};
await Promise.all(Array.from({ length: AT_ONCE }, worker));
process.exit(ok ? 0 : 1);
