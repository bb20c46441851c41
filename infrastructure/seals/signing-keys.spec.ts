import { chmodSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Timestamp } from '../../domain/shared/timestamp.ts';
import { isSignedBy } from './seal-format.ts';
import { openSigningKeys, SIGNING_KEY_SECS } from './signing-keys.ts';

const folder = mkdtempSync(join(tmpdir(), 'filament-keys-'));
afterAll(() => rmSync(folder, { recursive: true }));

let now = Date.UTC(2026, 0, 1);
const clock = { now: () => now as Timestamp };
const open = (name: string) => openSigningKeys({ path: join(folder, name), clock });
const bytes = Buffer.from('a seal');

describe('signing keys', () => {
  it('are made once, for whoever is first, in a file for its owner alone', async () => {
    const made = await Promise.all([open('first').read(), open('first').read()]);
    const publicKeys = made.flat().map(({ publicKey }) => publicKey);
    expect(publicKeys).toHaveLength(2);
    expect(new Set(publicKeys).size).toBe(1);
    expect(statSync(join(folder, 'first')).mode & 0o777).toBe(0o600);
  });

  it('sign so that their public half tells, and only over the very bytes', async () => {
    const [key] = await open('sign').read();
    const signature = key!.sign(bytes);
    expect(isSignedBy(key!.publicKey, bytes, signature)).toBe(true);
    expect(isSignedBy(key!.publicKey, Buffer.from('a seam'), signature)).toBe(false);
    const [other] = await open('sign-other').read();
    expect(isSignedBy(other!.publicKey, bytes, signature)).toBe(false);
    expect(isSignedBy('no key', bytes, signature)).toBe(false);
    expect(isSignedBy(key!.publicKey, bytes, 'no signature')).toBe(false);
  });

  it('are followed by a new one after a year, and kept', async () => {
    const keys = open('year');
    const [first] = await keys.read();
    now += SIGNING_KEY_SECS * 1000 - 1;
    await keys.rotate();
    expect(await keys.read()).toHaveLength(1);
    now += 1;
    await keys.rotate();
    const both = await keys.read();
    expect(both.map(({ publicKey }) => publicKey)).toEqual([first!.publicKey, expect.any(String)]);
  });

  it('are refused when others can read them or they are damaged', async () => {
    await open('others').read();
    chmodSync(join(folder, 'others'), 0o644);
    await expect(open('others').read()).rejects.toThrow('chmod 600');
    writeFileSync(join(folder, 'damaged'), '{"format":1,"keys":[]}', { mode: 0o600 });
    await expect(open('damaged').read()).rejects.toThrow('is damaged');
  });
});
