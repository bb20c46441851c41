// `npm run demo:irc -- DIR`: replays recorded conversations through a running product; see infrastructure/demo.
import { ensureBuilt, ensureInstalled } from './setup.mjs';

ensureInstalled();
await ensureBuilt();
await import('../dist/server/demo-irc.js');
