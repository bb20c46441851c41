import { chmodSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { requireReachable } from './postgres-account.ts';

const stranger = { uid: 65_533, gid: 65_533 };
let home: string;
beforeEach(() => {
  home = mkdtempSync(path.join(os.tmpdir(), 'filament-reach-'));
  mkdirSync(path.join(home, 'data'));
});
afterEach(() => rmSync(home, { recursive: true }));

it('names the folder that keeps the account out, and the fix', () => {
  chmodSync(home, 0o700);
  const check = (): void => requireReachable(path.join(home, 'data', 'postgres'), stranger);
  expect(check).toThrow(`chmod o+x ${home}`);
});

it('is content with folders that can be passed', () => {
  chmodSync(home, 0o711);
  requireReachable(path.join(home, 'data', 'postgres'), stranger);
});

it('asks nothing when PostgreSQL runs as ourselves', () => {
  chmodSync(home, 0o700);
  requireReachable(path.join(home, 'data', 'postgres'), {});
});
