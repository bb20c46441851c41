// Files as clients of a whole server meet them: uploaded, posted over REST and the gateway, heard of, read, and there
// again after a crash.
import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { type ApiClient } from '../api-client/api-client.ts';
import { PNG } from '../http/testing/file-calls.ts';
import {
  clientOf,
  frameOf,
  listenIn,
  settle,
  signIn,
  signUp,
  type Person,
  type Place,
} from './people.ts';
import { type ServerProcess } from './server-process.ts';
import { createTestSite, GENEROUS, until } from './test-site.ts';

jest.setTimeout(120_000);

const site = createTestSite('attachments');
const dataDirectory = site.newDataDirectory();
let server: ServerProcess;
let api: ApiClient;
let alice: Person;
let place: Place;
beforeAll(async () => {
  server = await site.start(dataDirectory, GENEROUS);
  api = clientOf(site, server);
  alice = await signUp(api, 'alice');
  place = await settle(api, alice);
});
afterAll(site.cleanUp);

type Init = Omit<RequestInit, 'headers'> & { readonly headers?: Record<string, string> };
const call = (url: string, init: Init = {}) =>
  fetch(`${server.baseUrl}/guilds/${place.guildId}/channels/${place.channelId}${url}`, {
    ...init,
    headers: { authorization: `Bearer ${alice.token}`, ...init.headers },
  });
const upload = async (name: string): Promise<string> => {
  const sent = await call(`/attachments?filename=${name}`, {
    method: 'POST',
    body: new Uint8Array(PNG),
    headers: { 'content-type': 'image/png' },
  });
  expect(sent.status).toBe(200);
  return ((await sent.json()) as { readonly attachment_id: string }).attachment_id;
};
const bytesKept = () => readdir(path.join(dataDirectory, 'attachments', 'attachments'));
const download = async (id: string) => {
  const response = await call(`/attachments/${id}`);
  return { status: response.status, bytes: Buffer.from(await response.arrayBuffer()) };
};

it('carries files through posts, frames, history, a crash and a deletion', async () => {
  const [first, second] = [await upload('first.png'), await upload('second.png')];
  const ears = await listenIn(site, api, alice, place);
  const posted = await call('/messages', {
    method: 'POST',
    body: JSON.stringify({ content: 'look', attachment_ids: [first] }),
    headers: { 'content-type': 'application/json' },
  });
  const { message_id: messageId } = (await posted.json()) as { readonly message_id: string };
  await until('the post is heard', () => frameOf(ears.heard(), 'message_create') !== undefined);
  expect(frameOf(ears.heard(), 'message_create')?.d.attachments).toMatchObject([
    { attachment_id: first, filename: 'first.png', size_bytes: PNG.length },
  ]);
  ears.send('message_create', {
    guild_id: place.guildId,
    channel_id: place.channelId,
    content: '',
    attachment_ids: [second],
  });
  const isSecond = () =>
    ears.heard().some((frame) => frame.t === 'message_create' && frame.d.content === '');
  await until('the frame is heard', isSecond);

  await server.kill();
  server = await site.start(dataDirectory, GENEROUS);
  api = clientOf(site, server);
  alice = await signIn(api, alice.name, alice.password);
  const history = (await (await call('/messages')).json()) as { readonly messages: unknown };
  expect(history.messages).toMatchObject([
    { content: '', attachments: [{ filename: 'second.png' }] },
    { content: 'look', attachments: [{ filename: 'first.png' }] },
  ]);
  const read = await download(first);
  expect([read.status, read.bytes.equals(PNG)]).toEqual([200, true]);

  expect((await bytesKept()).sort()).toEqual([first, second].sort());
  expect((await call(`/messages/${messageId}`, { method: 'DELETE' })).status).toBe(204);
  expect((await download(first)).status).toBe(404);
  expect(await bytesKept()).toEqual([second]);
});
