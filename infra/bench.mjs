// `npm run bench`: see infrastructure/bench.
import { ensureBuilt, ensureInstalled } from './setup.mjs';

ensureInstalled();
await ensureBuilt();
await import('../dist/server/bench.js');
