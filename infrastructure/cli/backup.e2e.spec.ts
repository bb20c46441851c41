// Backups by command, of a server that is written to meanwhile, and the installation that comes out of them.
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { type ApiClient } from '../api-client/api-client.ts';
import { PNG } from '../http/testing/file-calls.ts';
import { createPool } from '../postgres/database.ts';
import { clientOf, settle, signIn, signUp, type Person, type Place } from '../testing/people.ts';
import { type ServerProcess } from '../testing/server-process.ts';
import { createTestSite, databaseUrl, GENEROUS, runFilament, until } from '../testing/test-site.ts';

jest.setTimeout(240_000);

const SECRET = 'the heron nests by the third lock';
const site = createTestSite('backup');
let folder: string; // Of keys and backups
let key: string;
let data: string;
let server: ServerProcess;
let api: ApiClient;
let ada: Person;
let place: Place;
let attachmentId: string;

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'filament-backups-'));
  key = path.join(folder, 'key');
  data = site.newDataDirectory();
  server = await site.start(data, GENEROUS);
  api = clientOf(site, server);
  ada = await signUp(api, 'ada');
  place = await settle(api, ada);
  await post('first');
  const uploaded = await fetch(`${server.baseUrl}${channelPath()}/attachments?filename=a.png`, {
    method: 'POST',
    body: new Uint8Array(PNG),
    headers: { authorization: `Bearer ${ada.token}`, 'content-type': 'image/png' },
  });
  attachmentId = ((await uploaded.json()) as { readonly attachment_id: string }).attachment_id;
  await api.request('POST', `${channelPath()}/messages`, {
    token: ada.token,
    body: { content: 'with a picture', attachment_ids: [attachmentId] },
  });
});
afterAll(async () => {
  await site.cleanUp();
  await rm(folder, { recursive: true });
});

const channelPath = () => `/guilds/${place.guildId}/channels/${place.channelId}`;
const post = (content: string) => api.post(ada.token, place.guildId, place.channelId, content);
const run = async (dataDirectory: string, ...args: readonly string[]) => {
  const withKey = ['list', 'key'].includes(args[0] ?? '') ? [] : ['--key-file', key];
  return runFilament(['backup', ...args, ...withKey], { FILAMENT_DATA_DIR: dataDirectory });
};
const create = async (to: string, ...args: readonly string[]): Promise<string> => {
  const { code, output } = await run(data, 'create', '--to', to, '--json', ...args);
  expect([code, output]).toEqual([0, expect.stringContaining('"position"')]);
  const { folder: made } = JSON.parse(output) as { readonly folder: string };
  return made;
};
const history = async (client: ApiClient, token: string): Promise<readonly string[]> => {
  const page = await client.history(token, place.guildId, place.channelId, { limit: 100 });
  return page.messages.map(({ content }) => content);
};

/** Starts the server anew, with no grace for what was deleted, and waits for a message's key to be destroyed. */
const destroyKeys = async (messageId: string): Promise<void> => {
  await server.kill();
  server = await site.start(data, { ...GENEROUS, FILAMENT_ERASURE_GRACE_SECS: '0' });
  api = clientOf(site, server);
  ada = await signIn(api, 'ada', ada.password);
  const pool = createPool({ url: await databaseUrl(data), name: 'test', max: 1 });
  await until('the key is gone', async () => {
    const scope = `message:${messageId}`;
    const { rowCount } = await pool.query('SELECT FROM vault.data_keys WHERE scope = $1', [scope]);
    return rowCount === 0;
  });
  await pool.end();
};

it('makes a key that only its owner may read, and never replaces one', async () => {
  expect(await run(data, 'key', key)).toMatchObject({ code: 0 });
  expect((await stat(key)).mode & 0o777).toBe(0o600);
  const made = await readFile(key, 'utf8');
  expect(await run(data, 'key', key)).toMatchObject({ code: 1 });
  expect(await readFile(key, 'utf8')).toBe(made);
});

it('restores what was there, as of one moment of a server that went on', async () => {
  const to = path.join(folder, 'whole');
  let isOver = false;
  let written = 0;
  const write = async () => {
    for (; !isOver && written < 50; written += 1) await post(`meanwhile ${written}`);
  };
  const backingUp = create(to).finally(() => (isOver = true));
  const [backup] = await Promise.all([backingUp, write()]);
  expect(written).toBeGreaterThan(0);
  expect(await run(data, 'verify', backup)).toMatchObject({ code: 0 });
  const listed = await run(data, 'list', to);
  expect(listed.output).toContain(path.basename(backup));
  for (const file of await readdir(backup))
    expect((await readFile(path.join(backup, file))).includes('meanwhile')).toBe(false);

  const restored = site.newDataDirectory();
  const outcome = await run(restored, 'restore', backup);
  expect([outcome.code, outcome.output]).toEqual([0, expect.stringContaining('Restored')]);
  const second = await site.start(restored, GENEROUS);
  const other = clientOf(site, second);
  const again = await signIn(other, 'ada', ada.password);
  expect(again.userId).toBe(ada.userId);
  const before = (await history(api, ada.token)).toReversed();
  const after = (await history(other, again.token)).toReversed();
  expect(after.slice(0, 2)).toEqual(['first', 'with a picture']);
  expect(before.slice(0, after.length)).toEqual(after); // Nothing missing in the middle
  const picture = await fetch(`${second.baseUrl}${channelPath()}/attachments/${attachmentId}`, {
    headers: { authorization: `Bearer ${again.token}` },
  });
  const original = await fetch(`${server.baseUrl}${channelPath()}/attachments/${attachmentId}`, {
    headers: { authorization: `Bearer ${ada.token}` },
  });
  expect([picture.status, Buffer.from(await picture.arrayBuffer())]).toEqual([
    200,
    Buffer.from(await original.arrayBuffer()),
  ]);
  // Sessions are not restored: one that was revoked after the backup must not live again.
  await expect(other.refresh(ada.refreshToken)).rejects.toMatchObject({ status: 401 });
  await other.post(again.token, place.guildId, place.channelId, 'life goes on');
  expect((await history(other, again.token))[0]).toBe('life goes on');
  const verified = await runFilament(['projections', 'verify', '--full-speed', '--json'], {
    FILAMENT_DATA_DIR: restored,
  });
  expect([verified.code, verified.output.includes('"isEqual":false')]).toEqual([0, false]);
  await second.kill();
});

it('does not give back what was erased after the backup', async () => {
  const to = path.join(folder, 'erased');
  const { message_id: messageId } = await post(SECRET);
  const older = await create(to, '--parts', 'log,vault');
  await api.request('DELETE', `${channelPath()}/messages/${messageId}`, { token: ada.token });
  await destroyKeys(messageId);
  await create(to, '--parts', 'log'); // Tells of the key that was destroyed
  const restored = site.newDataDirectory();
  expect(await run(restored, 'restore', older)).toMatchObject({ code: 0 });
  const second = await site.start(restored, GENEROUS);
  const other = clientOf(site, second);
  const again = await signIn(other, 'ada', ada.password);
  const texts = await history(other, again.token);
  expect(texts).toContain('first');
  expect(texts[0]).toBe(''); // The log of then has the message, and nothing opens it
  expect(texts).not.toContain(SECRET);
  const revealed = await runFilament(['audit', 'replay', '--reveal', '--json'], {
    FILAMENT_DATA_DIR: restored,
  });
  expect(revealed.output).not.toContain(SECRET);
  await second.kill();
});

it('takes log and vault from two backups', async () => {
  const vault = await create(path.join(folder, 'vaults'), '--parts', 'vault');
  const log = await create(path.join(folder, 'logs'), '--parts', 'log');
  const alone = await run(site.newDataDirectory(), 'restore', log);
  expect([alone.code, alone.output]).toEqual([1, expect.stringContaining('has no vault')]);
  const restored = site.newDataDirectory();
  expect(await run(restored, 'restore', log, '--vault', vault)).toMatchObject({ code: 0 });
});

it('refuses what is damaged, of another key, or not to be put there, and touches nothing', async () => {
  const backup = await create(path.join(folder, 'damaged'), '--parts', 'log,vault');
  const target = site.newDataDirectory();
  const refused = async (expected: string, ...args: readonly string[]) => {
    const { code, output } = await run(target, ...args);
    expect([code, output]).toEqual([1, expect.stringContaining(expected)]);
    expect(await readdir(target)).toEqual([]);
  };
  const file = path.join(backup, 'vault.part');
  const whole = await readFile(file);
  const flipped = Buffer.from(whole);
  flipped.writeUInt8(flipped.readUInt8(100) ^ 1, 100);
  await writeFile(file, flipped);
  await refused('vault.part was altered', 'restore', backup);
  await refused('vault.part was altered', 'verify', backup);
  await rm(file);
  await refused('vault.part is missing', 'restore', backup);
  await writeFile(file, whole);
  const manifest = path.join(backup, 'manifest.json');
  const text = await readFile(manifest, 'utf8');
  await writeFile(manifest, text.replace('"position": "0', '"position": "1'));
  await refused('was altered, or the key is another one', 'restore', backup);
  await writeFile(manifest, text);
  await refused('is no backup', 'restore', folder);

  // A backup beside it whose list of what was erased can't be read: said before anything is written.
  const beside = path.join(
    await create(path.join(folder, 'damaged'), '--parts', 'log'),
    'destroyed.part',
  );
  const list = await readFile(beside);
  await writeFile(beside, list.subarray(0, list.length - 1));
  await refused('destroyed.part was altered', 'restore', backup);
  await rm(beside);
  await refused('Nothing was restored', 'restore', backup);
  await writeFile(beside, list);

  const right = key;
  key = path.join(folder, 'other-key');
  expect(await run(data, 'key', key)).toMatchObject({ code: 0 });
  await refused('the key is another one', 'restore', backup);
  key = path.join(folder, 'no-key');
  await refused('There is no key file', 'restore', backup);
  key = right;

  const inUse = await run(data, 'restore', backup);
  expect([inUse.code, inUse.output]).toEqual([1, expect.stringContaining('is not empty')]);
  const wrongParts = await run(data, 'create', '--to', folder, '--parts', 'everything');
  expect([wrongParts.code, wrongParts.output]).toEqual([1, expect.stringContaining('--parts')]);
  const noKey = await runFilament(['backup', 'create', '--to', folder], {
    FILAMENT_DATA_DIR: data,
  });
  expect([noKey.code, noKey.output]).toEqual([1, expect.stringContaining('backup key FILE')]);
  expect(await runFilament(['backup', 'create'], {})).toMatchObject({ code: 2 });
});

it('is not taken for a new installation when a restore was broken off', async () => {
  const target = site.newDataDirectory();
  await writeFile(path.join(target, 'restore-unfinished'), '');
  const { code, output } = await runFilament(['projections', 'status'], {
    FILAMENT_DATA_DIR: target,
  });
  expect([code, output]).toEqual([1, expect.stringContaining('was broken off')]);
});
