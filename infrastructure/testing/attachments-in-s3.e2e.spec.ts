// Files of a whole server whose bytes are in a bucket: while it is there, while it is away, and after it came back.
import sharp from 'sharp';
import { type ApiClient } from '../api-client/api-client.ts';
import { pngOf } from '../http/testing/file-calls.ts';
import { collect } from '../blob/testing/blob-store-contract.ts';
import { listUrl } from '../blob/s3/s3-address.ts';
import { listedPage } from '../blob/s3/s3-answers.ts';
import { createS3Wire } from '../blob/s3/s3-wire.ts';
import {
  s3IsPossible,
  s3SettingsFor,
  startS3Process,
  type S3Process,
} from '../blob/testing/s3-process.ts';
import { freePort, type ServerProcess } from './server-process.ts';
import { clientOf, settle, signIn, signUp, type Person, type Place } from './people.ts';
import { startTcpProxy, type TcpProxy } from './tcp-proxy.ts';
import { createTestSite, GENEROUS, runFilament, until } from './test-site.ts';

jest.setTimeout(120_000);

const withS3 = s3IsPossible() ? describe : describe.skip;
const SIZE = 150_000; // Three sealed chunks
const FILES = 3;
const FILE = pngOf(SIZE);
const site = createTestSite('s3');
afterAll(site.cleanUp);

withS3('with a bucket for its bytes', () => {
  const dataDirectory = site.newDataDirectory();
  let s3: S3Process;
  let proxy: TcpProxy;
  let server: ServerProcess;
  let api: ApiClient;
  let alice: Person;
  let place: Place;

  const variables = () => ({
    ...GENEROUS,
    FILAMENT_S3_ENDPOINT: proxy.url,
    FILAMENT_S3_BUCKET: s3.bucket,
    FILAMENT_S3_REGION: s3.region,
    FILAMENT_S3_ACCESS_KEY_ID: s3.keys.full.accessKeyId,
    FILAMENT_S3_SECRET_ACCESS_KEY: s3.keys.full.secretAccessKey,
    FILAMENT_USER_ATTACHMENT_QUOTA_BYTES: String(FILES * SIZE),
  });
  const start = async () => {
    server = await site.start(dataDirectory, variables());
    api = clientOf(site, server);
  };
  beforeAll(async () => {
    s3 = await startS3Process();
    site.onCleanUp(s3.stop);
    proxy = await startTcpProxy(s3.url);
    site.onCleanUp(proxy.close);
    await start();
    alice = await signUp(api, 'alice');
    place = await settle(api, alice);
  });

  type Init = Omit<RequestInit, 'headers'> & { readonly headers?: Record<string, string> };
  const call = (url: string, init: Init = {}, by: Person = alice) =>
    fetch(`${server.baseUrl}/guilds/${place.guildId}/channels/${place.channelId}${url}`, {
      ...init,
      headers: { authorization: `Bearer ${by.token}`, ...init.headers },
    });
  const upload = async (by: Person = alice) => {
    const init = { method: 'POST', body: new Uint8Array(FILE) };
    const answer = await call('/attachments?filename=a.png', init, by);
    const body = (await answer.json()) as Record<string, string>;
    return { status: answer.status, retryAfter: answer.headers.get('retry-after'), body };
  };
  const uploaded = async (): Promise<string> => (await upload()).body['attachment_id'] ?? '';
  const post = async (content: string, ids: readonly string[]) => {
    const body = JSON.stringify({ content, attachment_ids: ids });
    const headers = { 'content-type': 'application/json' };
    const answer = await call('/messages', { method: 'POST', body, headers });
    return {
      status: answer.status,
      id: ((await answer.json()) as { message_id: string }).message_id,
    };
  };
  const download = async (id: string, range?: string) => {
    const answer = await call(
      `/attachments/${id}`,
      range === undefined ? {} : { headers: { range } },
    );
    return { status: answer.status, bytes: Buffer.from(await answer.arrayBuffer()) };
  };
  const remove = async (url: string) => (await call(url, { method: 'DELETE' })).status;
  const changeAvatar = async (background: string) => {
    const create = { width: 9, height: 9, channels: 3 as const, background };
    const body = new Uint8Array(await sharp({ create }).png().toBuffer());
    const init = { method: 'POST', body, headers: { authorization: `Bearer ${alice.token}` } };
    return (await fetch(`${server.baseUrl}/users/me/profile/avatar`, init)).status;
  };
  /** What is in the bucket, seen without the server. */
  const kept = async (folder = 'attachments/') => {
    const settings = s3SettingsFor(s3);
    const wire = createS3Wire(settings);
    const url = listUrl(settings, { folder, keysMax: 1_000, after: null });
    const { bytes } = await wire.send({ method: 'GET', url }, [200]);
    const { objects } = listedPage((await collect(bytes)).toString());
    wire.close();
    return objects.map(({ name }) => name.slice(folder.length)).sort();
  };

  it('carries a file through a message, ranges and a deletion', async () => {
    const id = await uploaded();
    const posted = await post('look', [id]);
    expect(posted.status).toBe(200);
    expect((await download(id)).bytes.equals(FILE)).toBe(true);
    for (const [start, end] of [
      [0, 0],
      [65_530, 65_545],
      [140_000, SIZE - 1],
    ] as const) {
      const part = await download(id, `bytes=${start}-${end}`);
      expect([part.status, part.bytes.equals(FILE.subarray(start, end + 1))]).toEqual([206, true]);
    }
    expect(await kept()).toEqual([id]);
    expect(await remove(`/messages/${posted.id}`)).toBe(204);
    expect((await download(id)).status).toBe(404);
    expect(await kept()).toEqual([]);
  });

  it('carries a picture of a person, and forgets the one before', async () => {
    const { userId } = alice;
    expect(await changeAvatar('#123')).toBe(200);
    const [first] = await kept('avatars/');
    expect(await changeAvatar('#456')).toBe(200);
    const now = await kept('avatars/');
    expect(now).toHaveLength(1);
    expect(now).not.toEqual([first]);
    const shown = await fetch(`${server.baseUrl}/users/${userId}/avatar`);
    const { width } = await sharp(Buffer.from(await shown.arrayBuffer())).metadata();
    expect(width).toBe(9);
  });

  it('goes on with everything else while it is away, and removes later what it must', async () => {
    const bob = await signUp(api, 'bob');
    await api.joinGuild(bob.token, place.guildId);
    const [used, loose] = [await uploaded(), await uploaded()];
    const posted = await post('with a file', [used]);
    proxy.be('cut');

    for (let n = 0; n < 3; n += 1) {
      const refused = await upload(bob);
      expect(refused).toMatchObject({ status: 503, body: { error: 'unavailable' } });
      expect(Number(refused.retryAfter)).toBeGreaterThan(0);
    }
    expect((await download(used)).status).toBe(503);
    expect(await changeAvatar('#789')).toBe(503);
    expect((await post('without a file', [])).status).toBe(200);
    const history = (await (await call('/messages')).json()) as { readonly messages: unknown };
    expect(history.messages).toMatchObject([
      { content: 'without a file', attachments: [] },
      { content: 'with a file', attachments: [{ attachment_id: used, size_bytes: SIZE }] },
    ]);
    expect(await remove(`/messages/${posted.id}`)).toBe(204);
    expect(await remove(`/attachments/${loose}`)).toBe(204);
    expect((await download(used)).status).toBe(404);
    expect(await kept()).toEqual([used, loose].sort());
    for (const event of ['attachments.persist_failed', 'pictures.persist_failed', 'blobs.retry'])
      expect(server.output()).toContain(event);

    proxy.be('whole');
    expect(await server.stop()).toBe(0);
    await start();
    alice = await signIn(api, alice.name, alice.password);
    await until('what was deleted is gone', async () => (await kept()).length === 0);
    // Freed to the last byte: so many files fit as before, and not one more.
    const again = [];
    for (let n = 0; n <= FILES; n += 1) again.push((await upload()).status);
    expect(again).toEqual([200, 200, 200, 409]);
    expect(await kept()).toHaveLength(FILES);
  });

  it('refuses to start without it, says why, and keeps its key to itself', async () => {
    const refused = async (changes: Readonly<Record<string, string>>) => {
      const { code, output } = await runFilament(['serve'], {
        ...variables(),
        FILAMENT_BIND_ADDR: '127.0.0.1:0',
        FILAMENT_DATA_DIR: site.newDataDirectory(),
        ...changes,
      });
      expect(code).toBe(1);
      expect(output).not.toContain(s3.keys.full.secretAccessKey);
      expect(output).not.toMatch(/^ {4}at /m);
      return output;
    };
    const nowhere = `http://127.0.0.1:${await freePort()}`;
    expect(await refused({ FILAMENT_S3_ENDPOINT: nowhere })).toContain('FILAMENT_S3_ENDPOINT');
    expect(await refused({ FILAMENT_S3_BUCKET: 'nobodys' })).toContain('no such bucket');
    // Another installation, which would take our pictures for orphans.
    expect(await refused({})).toContain('FILAMENT_S3_PREFIX');
  });

  it('needs no bucket for the commands of the operator', async () => {
    const { code } = await runFilament(['projections', 'status'], {
      ...variables(),
      FILAMENT_DATA_DIR: dataDirectory,
      FILAMENT_S3_ENDPOINT: `http://127.0.0.1:${await freePort()}`,
    });
    expect(code).toBe(0);
  });

  it('never names its secret', () => {
    expect(server.output()).not.toContain(s3.keys.full.secretAccessKey);
    expect(server.output()).not.toContain(s3.keys.full.accessKeyId);
  });
});
