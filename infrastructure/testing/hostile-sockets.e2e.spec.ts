// Bytes that are no requests, requests that never end, and frames that no client sends.
import { connect } from 'node:net';
import { type ApiClient } from '../api-client/api-client.ts';
import { connectWs, refusedUpgrade } from '../gateway/testing/ws-client.ts';
import { stateOf } from './hostile-client.ts';
import {
  clientOf,
  gatewayUrl,
  listenIn,
  type Person,
  type Place,
  settle,
  signUp,
} from './people.ts';
import { type ServerProcess } from './server-process.ts';
import { createTestSite, GENEROUS, until } from './test-site.ts';

jest.setTimeout(60_000);

const REQUEST_MS_MAX = 600;
const FRAME_BYTES_MAX = 65_536;
const FRAMES_PER_WINDOW = 60;

const site = createTestSite('sockets');
let server: ServerProcess;
let api: ApiClient;
let alice: Person;
let place: Place;
let gateway: string;
let gatewayPort: string;
let silence: Promise<string>;
let before: readonly unknown[];
beforeAll(async () => {
  server = await site.start(site.newDataDirectory(), {
    ...GENEROUS,
    FILAMENT_REQUEST_TIMEOUT_MS: String(REQUEST_MS_MAX),
    FILAMENT_GATEWAY_INGRESS_EVENTS_PER_WINDOW: String(FRAMES_PER_WINDOW),
  });
  api = clientOf(site, server);
  alice = await signUp(api, 'alice');
  place = await settle(api, alice);
  gateway = await gatewayUrl(api);
  gatewayPort = gateway.replace('ws:', 'http:');
  silence = sendRaw(gatewayPort, ''); // Takes ten seconds, while the others go on.
  before = await stateOf(api, alice, place);
});
afterAll(site.cleanUp);
afterEach(async () => {
  expect(await stateOf(api, alice, place)).toEqual(before);
  expect((await fetch(`${server.baseUrl}/health/ready`)).status).toBe(200);
  expect(server.output()).not.toMatch(/"level":"(?:error|fatal)"/);
  expect(server.output()).not.toContain(alice.token);
});

type Manner = { readonly halfClose?: boolean };
/** Sends the bytes to the port and resolves, once the server has closed the connection, with all that it said. */
const sendRaw = (url: string, bytes: string, { halfClose = false }: Manner = {}): Promise<string> =>
  new Promise((resolve) => {
    const { hostname, port } = new URL(url);
    const socket = connect({ host: hostname, port: Number(port), allowHalfOpen: true });
    site.onCleanUp(() => socket.destroy());
    let said = '';
    socket.on('data', (chunk: Buffer) => (said += chunk.toString('latin1')));
    socket.on('error', () => {});
    socket.on('end', () => socket.end());
    socket.on('close', () => resolve(said));
    if (halfClose) socket.end(bytes, 'latin1');
    else socket.write(bytes, 'latin1');
  });
const statusesOf = (said: string): readonly number[] =>
  [...said.matchAll(/HTTP\/1\.1 (\d{3})/g)].map(([, status]) => Number(status));

const HEAD = 'Host: x\r\nContent-Type: application/json\r\n';
const GOOD = `GET /health HTTP/1.1\r\n${HEAD}\r\n`;
const UPGRADE = 'Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n';

const ENDLESS: readonly (readonly [string, string, readonly number[]])[] = [
  ['a head that never ends', 'GET /health HTTP/1.1\r\nHost: x\r\n', [408]],
  ['silence', '', [408]],
  [
    'a body that never comes',
    `POST /auth/login HTTP/1.1\r\n${HEAD}Content-Length: 9\r\n\r\n`,
    [408],
  ],
  ['half a body', `POST /auth/login HTTP/1.1\r\n${HEAD}Content-Length: 9\r\n\r\n{"use`, [408]],
  [
    'chunks without a last',
    `POST /auth/login HTTP/1.1\r\n${HEAD}Transfer-Encoding: chunked\r\n\r\n4\r\n{"us\r\n`,
    [408],
  ],
  [
    'an expectation and no body',
    `POST /echo HTTP/1.1\r\n${HEAD}Expect: 100-continue\r\nContent-Length: 9\r\n\r\n`,
    [100, 408],
  ],
];
it.each(ENDLESS)('waits no longer than it says for %s', async (_, bytes, statuses) => {
  expect(statusesOf(await sendRaw(server.baseUrl, bytes))).toEqual(statuses);
});

const NOT_HTTP: readonly (readonly [string, string, readonly number[]])[] = [
  ['noise', '\0\x01\x02\xff\xfe\r\n\r\n', [400]],
  ['another protocol', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', [400]],
  ['a TLS greeting', '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03', [400]],
  ['noise after a good request', `${GOOD}\0\0\0\r\n\r\n`, [400]],
  [
    'two lengths',
    `POST /echo HTTP/1.1\r\n${HEAD}Content-Length: 2\r\nContent-Length: 3\r\n\r\n{}x`,
    [400],
  ],
  [
    'a length and chunks',
    `POST /echo HTTP/1.1\r\n${HEAD}Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`,
    [400],
  ],
  ['a negative length', `POST /echo HTTP/1.1\r\n${HEAD}Content-Length: -1\r\n\r\n`, [400]],
  ['a space before the colon', `GET /health HTTP/1.1\r\nHost : x\r\n\r\n`, [400]],
  ['a NUL in a header', `GET /health HTTP/1.1\r\n${HEAD}X: a\0b\r\n\r\n`, [400]],
  ['huge headers', `GET /health HTTP/1.1\r\n${HEAD}X: ${'a'.repeat(100_000)}\r\n\r\n`, [431]],
  ['a huge path', `GET /${'a'.repeat(100_000)} HTTP/1.1\r\n${HEAD}\r\n`, [431]],
  ['a tunnel', 'CONNECT evil.test:443 HTTP/1.1\r\nHost: evil.test\r\n\r\n', []],
  ['an upgrade elsewhere', `GET /guilds HTTP/1.1\r\nHost: x\r\n${UPGRADE}\r\n`, [404]],
  [
    'an upgrade to h2c',
    'GET /health HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n',
    [404],
  ],
];
it.each(NOT_HTTP)('refuses %s and hangs up', async (_, bytes, statuses) => {
  expect(statusesOf(await sendRaw(server.baseUrl, bytes))).toEqual(statuses);
});

it('answers one who has already stopped sending, and forgets one who stopped half-way', async () => {
  expect(statusesOf(await sendRaw(server.baseUrl, GOOD, { halfClose: true }))).toEqual([200]);
  const half = `POST /echo HTTP/1.1\r\n${HEAD}Content-Length: 20\r\n\r\n{"mess`;
  const said = await sendRaw(server.baseUrl, half, { halfClose: true });
  expect(statusesOf(said).filter((status) => status >= 500)).toEqual([]);
});

it('refuses noise at the gateway', async () => {
  for (const bytes of ['\0\x01\xff\r\n\r\n', 'GET\r\n\r\n', 'x'.repeat(100_000)]) {
    const said = await sendRaw(gatewayPort, bytes, { halfClose: true });
    expect(statusesOf(said).filter((status) => status < 400)).toEqual([]);
  }
});

it.each([
  ['no token', ''],
  ['an empty token', '?access_token='],
  ['a made-up token', '?access_token=v4.public.AAAA'],
  ['a NUL', '?access_token=%00'],
  ['half a code', '?access_token=%'],
  ['a long token', `?access_token=${'A'.repeat(3000)}`],
  ['two bad tokens', '?access_token=a&access_token=b'],
])('opens no socket for %s, on either port', async (_, query) => {
  for (const url of [gateway, `${server.baseUrl.replace('http', 'ws')}/gateway/ws`])
    expect(await refusedUpgrade(`${url}${query}`)).toMatchObject({
      status: 401,
      body: '{"error":"invalid_credentials"}',
    });
});

const frame = (t: unknown, d: unknown, v: unknown = 1) => JSON.stringify({ v, t, d });
const frames = (where: object): readonly (readonly [string, string | Buffer, string])[] => [
  ['nothing', '', 'invalid_envelope'],
  ['noise', '\0\0', 'invalid_envelope'],
  ['bytes that are no text', Buffer.from([0xff, 0xfe, 0x00]), 'invalid_envelope'],
  ['a list', '[1,"subscribe",{}]', 'invalid_envelope'],
  ['version 2', frame('subscribe', where, 2), 'invalid_envelope'],
  ['a version in words', frame('subscribe', where, '1'), 'invalid_envelope'],
  [
    'one key too many',
    JSON.stringify({ v: 1, t: 'subscribe', d: where, x: 1 }),
    'invalid_envelope',
  ],
  ['one key too few', '{"v":1,"t":"subscribe"}', 'invalid_envelope'],
  ['a prototype', '{"v":1,"t":"subscribe","d":{},"__proto__":{}}', 'invalid_envelope'],
  [
    'a deep nest',
    `{"v":1,"t":"x","d":${'['.repeat(10_000)}${']'.repeat(10_000)}}`,
    'unknown_event',
  ],
  ['an unknown event', frame('ready', {}), 'unknown_event'],
  ['an event of Object', frame('constructor', {}), 'unknown_event'],
  ['an event in capitals', frame('SUBSCRIBE', where), 'invalid_envelope'],
  ['no ids', frame('subscribe', {}), 'invalid_subscribe_payload'],
  [
    'numbers for ids',
    frame('subscribe', { guild_id: 1, channel_id: 2 }),
    'invalid_subscribe_payload',
  ],
  ['one field too many', frame('subscribe', { ...where, x: 1 }), 'invalid_subscribe_payload'],
  ['no content', frame('message_create', where), 'invalid_message_create_payload'],
  [
    'a nonce of two words',
    frame('message_create', { ...where, content: 'x', nonce: 'a b' }),
    'invalid_message_create_payload',
  ],
  ['an empty message', frame('message_create', { ...where, content: '' }), 'message_rejected'],
  ['a NUL in a message', frame('message_create', { ...where, content: '\0' }), 'message_rejected'],
  [
    'a lone surrogate',
    `{"v":1,"t":"message_create","d":${JSON.stringify({ ...where, content: '@' }).replace('@', '\\ud800')}}`,
    'message_rejected',
  ],
  [
    'a message one byte too long',
    frame('message_create', { ...where, content: 'x'.repeat(2001) }),
    'message_rejected',
  ],
  ['a frame one byte too long', 'x'.repeat(FRAME_BYTES_MAX + 1), 'event_too_large'],
  ['a frame far too long', Buffer.alloc(1_000_000, 'x'), 'event_too_large'],
];

const disconnects = async (reason: string): Promise<number> => {
  const text = await (await fetch(`${server.baseUrl}/metrics`)).text();
  const line = new RegExp(`^filament_ws_disconnects_total\\{reason="${reason}"\\} (\\d+)$`, 'm');
  return Number(line.exec(text)?.[1] ?? 0);
};

it('drops who sends what no client sends, and counts why', async () => {
  const where = { guild_id: place.guildId, channel_id: place.channelId };
  for (const [what, bytes, reason] of frames(where)) {
    const counted = await disconnects(reason);
    const client = await connectWs(`${gateway}?access_token=${alice.token}`);
    site.onCleanUp(() => client.socket.terminate());
    await client.frame('ready');
    client.socket.send(bytes);
    expect({ what, ...(await client.closed) }).toMatchObject({ what, reason: '' });
    await until(
      `${what} is counted as ${reason}`,
      async () => (await disconnects(reason)) > counted,
    );
  }
});

it('drops who sends more than a person can', async () => {
  const listener = await listenIn(site, api, alice, place);
  const counted = await disconnects('ingress_rate_limited');
  const where = { guild_id: place.guildId, channel_id: place.channelId };
  for (let sent = 1; sent < FRAMES_PER_WINDOW; sent += 1) listener.send('subscribe', where);
  await listener.until(
    () => listener.heard().filter(({ t }) => t === 'subscribed').length === FRAMES_PER_WINDOW,
  );
  listener.send('subscribe', where);
  await listener.closed;
  await until('it is counted', async () => (await disconnects('ingress_rate_limited')) > counted);
});

it('waits no longer than it says for silence at the gateway', async () => {
  expect(statusesOf(await silence).filter((status) => status >= 500)).toEqual([]);
});
