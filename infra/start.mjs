// `npm start`: sets up whatever is missing, then serves.
import { ensureBuilt, ensureInstalled } from './setup.mjs';

ensureInstalled();
await ensureBuilt();
process.argv.splice(2, 0, 'serve');
await import('../dist/server/filament.js');
