// `npm run screenshots`: pictures of every screen of the real product with a sample community, in .cache/screenshots.
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { ensureBuilt, ensureInstalled, ROOT } from './setup.mjs';

ensureInstalled();
await ensureBuilt();
process.chdir(ROOT);
const { build } = await import('esbuild');
const bundle = path.join(ROOT, '.cache/take-screenshots.mjs');
await build({
  entryPoints: [path.join(ROOT, 'clients/web/testing/take-screenshots.ts')],
  outfile: bundle,
  bundle: true,
  packages: 'external',
  platform: 'node',
  target: 'node20',
  format: 'esm',
  logLevel: 'warning',
});
await import(pathToFileURL(bundle).href);
