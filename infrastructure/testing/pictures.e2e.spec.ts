// Avatars and banners, over the public API alone.
import { once } from 'node:events';
import { copyFile, readdir, utimes } from 'node:fs/promises';
import { request, type ClientRequest, type IncomingMessage } from 'node:http';
import path from 'node:path';
import sharp from 'sharp';
import { type ApiClient } from '../api-client/api-client.ts';
import { clientOf, frameOf, listen, signUp, type Person } from './people.ts';
import { createTestSite, GENEROUS, until } from './test-site.ts';
import { type ServerProcess } from './server-process.ts';

jest.setTimeout(60_000);

const BYTES_MAX = { avatar: 20_000, banner: 30_000 };
const AT_ONCE = { byOne: 1, byAll: 2 };
const site = createTestSite('pictures');
let server: ServerProcess;
let api: ApiClient;
let baseUrl: string;
let folder: string;
const startAgain = async () => {
  server = await site.start(folder, {
    ...GENEROUS,
    FILAMENT_MAX_AVATAR_BYTES: String(BYTES_MAX.avatar),
    FILAMENT_MAX_BANNER_BYTES: String(BYTES_MAX.banner),
    FILAMENT_UPLOADS_PER_USER: String(AT_ONCE.byOne),
    FILAMENT_PICTURE_UPLOADS_MAX: String(AT_ONCE.byAll),
  });
  baseUrl = server.baseUrl;
  api = clientOf(site, server);
};
beforeAll(async () => {
  folder = site.newDataDirectory();
  await startAgain();
});
afterAll(site.cleanUp);

type Kind = 'avatar' | 'banner';
const upload = (
  person: Person | null,
  kind: Kind,
  body: Buffer,
  headers: Record<string, string> = {},
) =>
  fetch(`${baseUrl}/users/me/profile/${kind}`, {
    method: 'POST',
    body: new Uint8Array(body),
    headers: { ...(person && { authorization: `Bearer ${person.token}` }), ...headers },
  });
/** An upload that has begun and isn't finished; null: it doesn't say its length. */
const begin = ({ token }: Person, kind: Kind, length: number | null): ClientRequest => {
  const sending = request(`${baseUrl}/users/me/profile/${kind}`, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${token}`,
      ...(length !== null && { 'content-length': length }),
      expect: '100-continue',
    },
  });
  sending.on('error', () => {});
  sending.write('x');
  return sending;
};
const download = (userId: string, kind: Kind, init: RequestInit = {}) =>
  fetch(`${baseUrl}/users/${userId}/${kind}`, init);
const picture = (format: 'png' | 'jpeg', background = '#246') =>
  sharp({ create: { width: 30, height: 20, channels: 3, background } })
    .toFormat(format)
    .toBuffer();

let made = 0;
const someone = () => signUp(api, `Painter_${(made += 1)}`);

it.each(['avatar', 'banner'] as const)('shows a new %s to everybody at once', async (kind) => {
  const ada = await someone();
  const ears = await listen(site, api, ada);
  expect((await download(ada.userId, kind)).status).toBe(404);
  const before = Math.floor(Date.now() / 1000);
  const answer = await upload(ada, kind, await picture('png'), { 'content-type': 'image/png' });
  expect(answer.status).toBe(200);
  const profile = (await answer.json()) as Record<string, number>;
  const version = profile[`${kind}_version`]!;
  expect(version).toBeGreaterThanOrEqual(before);
  expect(await api.me(ada.token)).toMatchObject({ [`${kind}_version`]: version });
  const shown = await download(ada.userId.toLowerCase(), kind);
  expect(shown.status).toBe(200);
  expect(Object.fromEntries(shown.headers)).toMatchObject({
    'content-type': 'image/png',
    'x-content-type-options': 'nosniff',
    'cache-control': 'public, max-age=300',
    'content-security-policy': "sandbox; default-src 'none'; frame-ancestors 'none'",
  });
  const bytes = Buffer.from(await shown.arrayBuffer());
  expect(shown.headers.get('content-length')).toBe(String(bytes.length));
  expect(await sharp(bytes).metadata()).toMatchObject({ width: 30, height: 20, format: 'png' });
  const etag = shown.headers.get('etag')!;
  expect(etag).toMatch(/^"[0-9a-f]{64}"$/);
  const again = await fetch(`${baseUrl}/users/${ada.userId}/${kind}?v=${version}`, {
    headers: { 'if-none-match': `"other", W/${etag}` },
  });
  expect([again.status, await again.text(), again.headers.get('etag')]).toEqual([304, '', etag]);
  const head = await download(ada.userId, kind, { method: 'HEAD' });
  expect([head.status, head.headers.get('content-length')]).toEqual([200, String(bytes.length)]);
  const name = `profile_${kind}_update` as const;
  await ears.frame(name);
  expect(frameOf(ears.heard(), name)?.d).toMatchObject({
    user_id: ada.userId,
    [`${kind}_version`]: version,
  });
});

it('replaces a picture under a higher version, and keeps no bytes of the old one', async () => {
  const ada = await someone();
  const files = () => readdir(path.join(folder, 'attachments/banners'));
  const first = (await (await upload(ada, 'banner', await picture('png'))).json()) as {
    banner_version: number;
  };
  const kept = await files();
  const second = (await (await upload(ada, 'banner', await picture('jpeg', '#a00'))).json()) as {
    banner_version: number;
  };
  expect(second.banner_version).toBeGreaterThan(first.banner_version);
  const now = await files();
  expect(now).toHaveLength(kept.length);
  expect(now).not.toEqual(kept);
  const shown = await download(ada.userId, 'banner');
  expect(shown.headers.get('content-type')).toBe('image/jpeg');
});

it.each(['avatar', 'banner'] as const)(
  'takes so many bytes for the %s and no more',
  async (kind) => {
    const ada = await someone();
    const png = await picture('png');
    const padded = (size: number) => Buffer.concat([png, Buffer.alloc(size - png.length)]);
    expect((await upload(ada, kind, padded(BYTES_MAX[kind]))).status).toBe(200);
    const tooLarge = await upload(ada, kind, padded(BYTES_MAX[kind] + 1));
    expect([tooLarge.status, await tooLarge.json()]).toEqual([413, { error: 'payload_too_large' }]);
    const silent = begin(ada, kind, null);
    silent.write(padded(BYTES_MAX[kind] + 1));
    const [answer] = (await once(silent, 'response')) as [IncomingMessage];
    expect(answer.statusCode).toBe(413);
    silent.destroy();
  },
);

it('takes so many at once, of one person and of all', async () => {
  const [ada, ben, cem] = [await someone(), await someone(), await someone()];
  const png = await picture('png');
  const statusOf = async (person: Person) => (await upload(person, 'avatar', png)).status;
  /** An upload that runs on: the server turns another of the same person away, and not this one. */
  const hold = async (person: Person): Promise<ClientRequest> => {
    for (;;) {
      const refusals: unknown[] = [];
      const sending = begin(person, 'banner', 100).on('response', (answer) =>
        refusals.push(answer),
      );
      // The server has it, and a request after it was answered: the next upload isn't first.
      await once(sending, 'continue');
      await api.me(person.token);
      const isHeld = async () => (await statusOf(person)) !== 200;
      await until('it runs or was refused', async () => refusals.length > 0 || (await isHeld()));
      if (refusals.length === 0) return sending;
      sending.destroy();
    }
  };
  expect(AT_ONCE).toEqual({ byOne: 1, byAll: 2 });
  const running = [await hold(ada)];
  expect([await statusOf(ada), await statusOf(ben)]).toEqual([429, 200]);
  running.push(await hold(ben));
  expect(await statusOf(cem)).toBe(503);
  for (const each of running) each.destroy();
  for (const each of [ada, ben, cem])
    await until('none is running', async () => (await statusOf(each)) === 200);
});

it.each([
  ['nothing', () => Promise.resolve(Buffer.alloc(0)), undefined],
  ['another declared type', () => picture('png'), 'image/jpeg'],
  ['a script', () => Promise.resolve(Buffer.from('<svg onload="alert(1)"/>')), 'image/svg+xml'],
  ['half a picture', async () => (await picture('png')).subarray(0, 60), 'image/png'],
])('refuses %s', async (_what, bytes, type) => {
  const ada = await someone();
  const answer = await upload(
    ada,
    'avatar',
    await bytes(),
    type === undefined ? {} : { 'content-type': type },
  );
  expect([answer.status, await answer.json()]).toEqual([400, { error: 'invalid_request' }]);
  expect(await api.me(ada.token)).toMatchObject({ avatar_version: 0 });
});

it('is changed by who is signed in, and of people there are', async () => {
  const refused = await upload(null, 'avatar', await picture('png'));
  expect([refused.status, await refused.json()]).toEqual([401, { error: 'invalid_credentials' }]);
  expect((await download('01J00000000000000000000001', 'avatar')).status).toBe(404);
  expect((await download('nonsense', 'avatar')).status).toBe(400);
});

it('sweeps what nobody shows when it starts, once it is old, and nothing that is shown', async () => {
  const ada = await someone();
  const avatars = path.join(folder, 'attachments/avatars');
  const before = await readdir(avatars);
  expect((await upload(ada, 'avatar', await picture('png'))).status).toBe(200);
  const [shown] = (await readdir(avatars)).filter((name) => !before.includes(name));
  const [old, young] = ['01J0000000000000000000001P', '01J0000000000000000000002P'];
  for (const name of [old, young])
    await copyFile(path.join(avatars, shown!), path.join(avatars, name));
  const longAgo = new Date(Date.now() - 2 * 3_600_000);
  for (const name of [shown, old]) await utimes(path.join(avatars, name!), longAgo, longAgo);
  expect(await server.stop()).toBe(0);
  await startAgain();
  await until('the old one is gone', async () => !(await readdir(avatars)).includes(old));
  expect(await readdir(avatars)).toEqual(expect.arrayContaining([shown, young]));
  expect((await download(ada.userId, 'avatar')).status).toBe(200);
});
