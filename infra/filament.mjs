#!/usr/bin/env node
// The `filament` command from a checkout.
import { ensureBuilt, ensureInstalled } from './setup.mjs';

ensureInstalled();
await ensureBuilt();
await import('../dist/server/filament.js');
