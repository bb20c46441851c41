import { chmod, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createSecretFile, replaceSecretFile } from './secret-file.ts';
import { loadSecrets } from './secrets.ts';
import { subkey } from './subkey.ts';

describe('secrets', () => {
  let dataDirectory: string;
  beforeEach(async () => {
    dataDirectory = await mkdtemp(join(tmpdir(), 'filament-secrets-'));
  });
  afterEach(() => rm(dataDirectory, { recursive: true }));

  const load = (given: { masterKey?: string; databasePassword?: string } = {}) =>
    loadSecrets({
      dataDirectory,
      masterKey: given.masterKey ?? null,
      databasePassword: given.databasePassword ?? null,
    });
  const keyFile = () => join(dataDirectory, 'secrets', 'master-key');

  it('makes them on first start and finds them again', async () => {
    const first = await load();
    expect(first.masterKey).toHaveLength(32);
    expect(await load()).toEqual(first);
  });

  it('makes them once when several processes start together', async () => {
    const all = await Promise.all(Array.from({ length: 8 }, () => load()));
    expect(new Set(all.map(({ masterKey }) => masterKey.toString('hex'))).size).toBe(1);
  });

  it('lets nobody else read them and leaves no drafts', async () => {
    await load();
    const folder = join(dataDirectory, 'secrets');
    expect((await stat(folder)).mode & 0o777).toBe(0o700);
    expect((await stat(keyFile())).mode & 0o777).toBe(0o600);
    expect((await readdir(folder)).sort()).toEqual(['database-password', 'master-key']);
  });

  it.each([0o640, 0o604, 0o660])('refuses a file of mode %o', async (mode) => {
    await load();
    await chmod(keyFile(), mode);
    await expect(load()).rejects.toThrow(/open to other users.*chmod 600/);
  });

  it('refuses a folder that others may look into', async () => {
    await load();
    await chmod(join(dataDirectory, 'secrets'), 0o755);
    await expect(load()).rejects.toThrow(/chmod 700/);
  });

  it.each(['', 'short', 'a'.repeat(42), 'a'.repeat(45), '!'.repeat(43)])(
    'refuses a master key that is not 32 bytes: %p',
    async (text) => {
      await load();
      await writeFile(keyFile(), text);
      await expect(load()).rejects.toThrow(/master-key must hold 32 bytes/);
    },
  );

  it('refuses a link', async () => {
    await load();
    await rm(keyFile());
    await symlink('/dev/null', keyFile());
    await expect(load()).rejects.toThrow(/is a link/);
  });

  it('prefers what is given and writes it nowhere', async () => {
    const { masterKey, databasePassword } = await load({
      masterKey: `${'A'.repeat(42)}E=`,
      databasePassword: 'correct-horse-battery',
    });
    expect(masterKey.at(-1)).toBe(1);
    expect(databasePassword).toBe('correct-horse-battery');
    expect(await readdir(join(dataDirectory, 'secrets'))).toEqual([]);
  });

  it('never says a secret in a refusal', async () => {
    await expect(load({ masterKey: 'hunter2' })).rejects.not.toThrow(/hunter2/);
  });

  it('creates without replacing, and replaces in one step', async () => {
    const path = join(dataDirectory, 'ring');
    expect(await createSecretFile(path, 'one')).toBe('one');
    expect(await createSecretFile(path, 'two')).toBe('one');
    await replaceSecretFile(path, 'three');
    expect(await readFile(path, 'utf8')).toBe('three\n');
  });

  it('derives another key for each purpose', () => {
    const master = Buffer.alloc(32, 7);
    expect(subkey(master, 'data-keys')).toEqual(subkey(master, 'data-keys'));
    expect(subkey(master, 'data-keys')).not.toEqual(subkey(master, 'refresh-tokens'));
    expect(subkey(master, 'data-keys')).toHaveLength(32);
  });
});
