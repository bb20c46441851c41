// Every route, asked in every wrong way of a table: refused as the contract says, and nothing has changed afterwards.
import { type ApiClient } from '../api-client/api-client.ts';
import {
  createHostileClient,
  faultOf,
  type HostileClient,
  inParallel,
  jsonHeaders,
  type Sent,
  shown,
  stateOf,
} from './hostile-client.ts';
import {
  BODIES,
  CONTENT_TYPES,
  HEADERS,
  IDLE_HEADERS,
  NO_EMOJI,
  paramsOf,
  pathOf,
  QUERIES,
  ROUTES,
  SEGMENTS,
} from './hostile-inputs.ts';
import { clientOf, type Person, type Place, settle, signUp } from './people.ts';
import { type ServerProcess } from './server-process.ts';
import { createTestSite, GENEROUS } from './test-site.ts';

jest.setTimeout(60_000);

const site = createTestSite('hostile');
let server: ServerProcess;
let api: ApiClient;
let client: HostileClient;
let alice: Person;
let place: Place;
let params: Record<string, string>;
let before: readonly unknown[];

beforeAll(async () => {
  server = await site.start(site.newDataDirectory(), GENEROUS);
  api = clientOf(site, server);
  client = createHostileClient(server.baseUrl);
  site.onCleanUp(client.close);
  alice = await signUp(api, 'alice', 'canary-password-of-alice');
  const bob = await signUp(api, 'bob');
  place = await settle(api, alice);
  await api.joinGuild(bob.token, place.guildId);
  const { message_id: messageId } = await api.post(
    alice.token,
    place.guildId,
    place.channelId,
    'the one message',
  );
  const { body: attached } = await client
    .send({
      method: 'POST',
      path: `/guilds/${place.guildId}/channels/${place.channelId}/attachments`,
      headers: [['authorization', `Bearer ${alice.token}`]],
      body: 'the one file',
    })
    .then(({ text }) => ({ body: JSON.parse(text) as { readonly attachment_id: string } }));
  params = { ...place, messageId, userId: bob.userId, attachmentId: attached.attachment_id };
  before = await stateOf(api, alice, place);
});
afterAll(site.cleanUp);

afterEach(async () => {
  expect(await stateOf(api, alice, place)).toEqual(before);
  expect((await fetch(`${server.baseUrl}/health/ready`)).status).toBe(200);
  expect(server.output()).not.toMatch(/"level":"(?:error|fatal)"/);
  for (const secret of [alice.token, alice.refreshToken, alice.password])
    expect(server.output()).not.toContain(secret);
});

type Case = Sent & { readonly expected?: readonly number[] };
/** Sends all and expects of each the statuses it names, if any, and the contract's shape. */
const expectRefused = async (cases: readonly Case[]) => {
  expect(cases.length).toBeGreaterThan(0);
  const faults: string[] = [];
  await inParallel(cases, async ({ expected, ...sent }) => {
    const heard = await client.send(sent);
    const isExpected = expected === undefined || expected.includes(heard.status);
    const fault = isExpected ? faultOf(heard) : `${heard.status}, not ${expected.join()}`;
    if (fault !== null) faults.push(`${shown(sent)}: ${fault}`);
  });
  expect(faults).toEqual([]);
};
const WITH_BODY = ROUTES.filter(({ takesBody }) => takesBody);
const READS = ROUTES.filter(({ method, auth }) => method === 'GET' && auth);

it('knows every route', () => expect(ROUTES.length).toBeGreaterThan(25));

it('refuses bodies of no use to any route', () =>
  expectRefused(
    WITH_BODY.flatMap(({ method, url }) =>
      BODIES.flatMap((body) =>
        [alice.token, undefined].map((token) => ({
          method,
          path: pathOf(url, params),
          headers: jsonHeaders(token),
          body,
          expected: body.length > 1024 * 1024 ? [413, 0] : [400, 422],
        })),
      ),
    ),
  ));

it('refuses other content types than JSON', () =>
  expectRefused(
    WITH_BODY.flatMap(({ method, url }) =>
      CONTENT_TYPES.map((type) => ({
        method,
        path: pathOf(url, params),
        headers: [['content-type', type], jsonHeaders(alice.token)[1]!] as const,
        body: '{}',
        expected: [415],
      })),
    ),
  ));

it('refuses paths that lead nowhere', () =>
  expectRefused(
    ROUTES.flatMap(({ method, url }) =>
      paramsOf(url).flatMap((name) =>
        (name === 'emoji' ? NO_EMOJI : SEGMENTS).map((segment) => ({
          method,
          path: pathOf(url, { ...params, [name]: segment }),
          headers: jsonHeaders(alice.token),
          body: '{"content":"x"}',
          ...(name !== 'messageId' && { expected: [400, 403, 404, 414, 422] }),
        })),
      ),
    ),
  ));

it('refuses integers beyond their edges and other bad queries', () => {
  const lists = [
    '/guilds/public?',
    `/guilds/${place.guildId}/members?`,
    `/guilds/${place.guildId}/channels/${place.channelId}/messages?`,
    `/guilds/${place.guildId}/search?q=message&`,
  ];
  return expectRefused(
    lists.flatMap((list) =>
      QUERIES.map((query) => ({
        method: 'GET',
        path: `${list}${query}`,
        headers: jsonHeaders(alice.token),
        expected: [400],
      })),
    ),
  );
});

it('refuses methods that a path does not know', () => {
  const known = new Set(ROUTES.map(({ method, url }) => `${method} ${url}`));
  const methods = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'TRACE', 'PROPFIND'];
  return expectRefused(
    [...new Set(ROUTES.map(({ url }) => url))].flatMap((url) =>
      methods
        // What `/members/me` does not know may be known of `/members/:userId`.
        .filter((method) =>
          [url, url.replace(/\/me$/, '/:userId')].every((each) => !known.has(`${method} ${each}`)),
        )
        .map((method) => ({
          method,
          path: pathOf(url, params),
          headers: jsonHeaders(alice.token),
          expected: [404, 405],
        })),
    ),
  );
});

it('refuses bad keys and tokens', () =>
  expectRefused(
    HEADERS.flatMap(([name, value]) =>
      (name === 'authorization' ? READS : ROUTES.filter(({ method }) => method !== 'GET')).map(
        ({ method, url }) => ({
          method,
          path: `${pathOf(url, params)}${url.endsWith('search') ? '?q=x' : ''}`,
          headers: [
            ...jsonHeaders(name === 'authorization' ? undefined : alice.token),
            [name, value] as const,
          ],
          ...(method !== 'GET' && { body: '{}' }),
          expected: name === 'authorization' ? [401] : [400],
        }),
      ),
    ),
  ));

it('goes by no header that anybody may send', () =>
  expectRefused(
    IDLE_HEADERS.flatMap((header) =>
      READS.map(({ method, url }) => ({
        method,
        path: `${pathOf(url, params)}${url.endsWith('search') ? '?q=x' : ''}`,
        headers: [...jsonHeaders(alice.token), header],
        expected: [200],
      })),
    ),
  ));

it('serves no file but those of the web client', () =>
  expectRefused(
    [
      '/../package.json',
      '/..%2fpackage.json',
      '/%2e%2e/%2e%2e/etc/passwd',
      '/assets/../../server/filament.js',
      '/assets/..%2f..%2fserver%2ffilament.js',
      '/assets/%00',
      '/assets/%ff',
      '//etc/passwd',
      '/.git/config',
      '/data/secrets/master-key',
      '/index.html%00.png',
      `/${'a/'.repeat(4000)}`,
      '/__proto__',
      '/constructor',
      '/%',
    ].map((path) => ({ method: 'GET', path, headers: [], expected: [400, 404, 414] })),
  ));
