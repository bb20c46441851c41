// Two processes serve one installation: what is done through one is heard, read and enforced at the other.
import { type ApiClient } from '../api-client/api-client.ts';
import { connectWs } from '../gateway/testing/ws-client.ts';
import {
  clientOf,
  gatewayUrl,
  listenIn,
  type Person,
  type Place,
  settle,
  signUp,
} from './people.ts';
import { untilTheyMeet } from './peers-heard.ts';
import { createTestSite, databaseUrl, GENEROUS, runFilament, until } from './test-site.ts';

jest.setTimeout(120_000);

const SIGHT = 'create_message';

const site = createTestSite('two-processes');
afterAll(site.cleanUp);

let dataDirectory: string;
let projecting: ApiClient;
let following: ApiClient;
let owner: Person;
beforeAll(async () => {
  dataDirectory = site.newDataDirectory();
  const start = () =>
    site.start(dataDirectory, { ...GENEROUS, FILAMENT_MAX_CREATED_GUILDS_PER_USER: '1000' });
  const servers = [await start(), await start()] as const;
  await untilTheyMeet(servers.map(({ baseUrl }) => baseUrl));
  projecting = clientOf(site, servers[0]);
  following = clientOf(site, servers[1]);
  owner = await signUp(projecting, 'owner');
});

type Method = 'POST' | 'PATCH' | 'DELETE';
type Scene = Place & {
  readonly here: ApiClient; // Where it is acted
  readonly there: ApiClient; // Where the sockets are
  readonly person: Person;
  readonly guild: string;
  readonly channel: string;
};

let people = 0;
/** A guild of the owner's that a new person has joined. */
const meet = async (here: ApiClient, there: ApiClient): Promise<Scene> => {
  const place = await settle(here, owner);
  const person = await signUp(here, `person_${(people += 1)}`);
  await here.joinGuild(person.token, place.guildId);
  const guild = `/guilds/${place.guildId}`;
  return {
    ...{ ...place, here, there, person, guild },
    channel: `${guild}/channels/${place.channelId}`,
  };
};

const act = async ({ here }: Scene, by: Person, method: Method, path: string, body?: unknown) => {
  const answer = await here.request(method, path, { token: by.token, body });
  if (answer.status >= 300) throw new Error(`${method} ${path}: ${answer.status}`);
  return answer.body;
};

/** Both at the other process, once that one knows what was done at this one. */
const listenThere = async ({ here, there, person, channel, ...place }: Scene) => {
  const minPosition = here.written();
  const { status } = await there.request('GET', `${channel}/messages`, {
    ...{ token: person.token, minPosition },
  });
  expect(status).toBe(200);
  const witness = await listenIn(site, there, owner, place);
  return { witness, ears: await listenIn(site, there, person, place) };
};

/** The promise is a second; a machine that runs other tests beside this one is not held to it, only told of. */
const noteTime = (what: string, ms: number) =>
  process.stderr.write(`two processes: ${what}: ${Math.round(ms)} of 1000 ms\n`);

const overriding =
  (target: string, allow: string[], deny: string[]) =>
  (scene: Scene): Promise<unknown> =>
    act(scene, owner, 'POST', `${scene.channel}/permission-overrides/${target}`, { allow, deny });

/** By a role of their own the person sees what @everyone does not; gives the role's path. */
const seeByRole = async (scene: Scene): Promise<string> => {
  const { guild, person, here } = scene;
  const body = { name: 'key', permissions: [], position: 2 };
  const role = (await act(scene, owner, 'POST', `${guild}/roles`, body)) as { role_id: string };
  const path = `${guild}/roles/${role.role_id}`;
  await act(scene, owner, 'POST', `${path}/members/${person.userId}`);
  const { body: roles } = await here.request('GET', `${guild}/roles`, owner);
  const everyone = (roles as { roles: { role_id: string; name: string }[] }).roles.find(
    ({ name }) => name === '@everyone',
  );
  await overriding(`role/${role.role_id}`, [SIGHT], [])(scene);
  await overriding(`role/${everyone!.role_id}`, [], [SIGHT])(scene);
  return path;
};
const byEveryone = () => Promise.resolve('');

type Loss = readonly [
  what: string,
  prepare: typeof seeByRole,
  act: (scene: Scene, rolePath: string) => Promise<unknown>,
  removal: readonly string[],
];
const LOSSES: readonly Loss[] = [
  [
    'an override',
    byEveryone,
    (scene) => overriding(`member/${scene.person.userId}`, [], [SIGHT])(scene),
    ['workspace_channel_permission_override_update', 'unsubscribed'],
  ],
  [
    'a role taken away',
    seeByRole,
    (scene, role) => act(scene, owner, 'DELETE', `${role}/members/${scene.person.userId}`),
    ['workspace_role_assignment_remove', 'unsubscribed'],
  ],
  [
    'a role deleted',
    seeByRole,
    (scene, role) => act(scene, owner, 'DELETE', role),
    ['workspace_role_delete', 'unsubscribed'],
  ],
  [
    'a kick',
    byEveryone,
    (scene) => act(scene, owner, 'POST', `${scene.guild}/members/${scene.person.userId}/kick`),
    ['workspace_member_remove'],
  ],
  [
    'a ban',
    byEveryone,
    (scene) => act(scene, owner, 'POST', `${scene.guild}/members/${scene.person.userId}/ban`),
    ['workspace_member_ban', 'workspace_member_remove'],
  ],
  [
    'a leave',
    byEveryone,
    (scene) => act(scene, scene.person, 'DELETE', `${scene.guild}/members/me`),
    ['workspace_member_remove'],
  ],
];

const ENDS: readonly (readonly [string, (scene: Scene) => Promise<unknown>])[] = [
  [
    'a logout',
    ({ here, person: { refreshToken } }) =>
      here.request('POST', '/auth/logout', { body: { refresh_token: refreshToken } }),
  ],
  [
    'a replayed refresh token',
    async ({ here, person: { refreshToken } }) => {
      await here.refresh(refreshToken);
      const body = { refresh_token: refreshToken };
      expect((await here.request('POST', '/auth/refresh', { body })).status).toBe(401);
    },
  ],
];

describe.each([
  ['the process that projects', () => [projecting, following] as const],
  ['one that follows', () => [following, projecting] as const],
])('done through %s', (_, processes) => {
  it('a message is heard, read and found at the other process', async () => {
    const scene = await meet(...processes());
    const { here, there, guildId, channelId, person } = scene;
    const { ears } = await listenThere(scene);
    const { message_id: id } = await here.post(owner.token, guildId, channelId, 'zugzwang');
    const page = { limit: 10, minPosition: here.written() };
    const { messages } = await there.history(person.token, guildId, channelId, page);
    expect(messages.map((message) => message.message_id)).toEqual([id]);
    const { d } = await ears.frame('message_create');
    expect(d).toMatchObject({ message_id: id, content: 'zugzwang' });
    const found = await there.search(person.token, guildId, 'zugzwang', 10);
    expect(found.message_ids).toEqual([id]);
    expect(found.complete_to! >= here.written()!).toBe(true);
  });

  it('a reaction that changes nothing is told again at the other process too', async () => {
    const scene = await meet(...processes());
    const { here, guildId, channelId, person, channel } = scene;
    const { ears } = await listenThere(scene);
    const { message_id: id } = await here.post(owner.token, guildId, channelId, 'zugzwang');
    const path = `${channel}/messages/${id}/reactions/${encodeURIComponent('♟')}`;
    const told = () =>
      ears
        .heard()
        .flatMap(({ t, d }) => (t === 'message_reaction' ? [[d.operation, d.count]] : []));
    const steps = ['POST', 'POST', 'DELETE', 'DELETE'] as const;
    for (const [index, method] of steps.entries()) {
      await act(scene, person, method, path);
      await ears.until(() => told().length > index);
    }
    expect(told()).toEqual([
      ['add', 1],
      ['add', 1],
      ['remove', 0],
      ['remove', 0],
    ]);
  });

  it.each(LOSSES)(
    '%s ends at once what is heard and read there',
    async (what, prepare, lose, removal) => {
      const scene = await meet(...processes());
      const { here, there, guildId, channelId, person, channel } = scene;
      const role = await prepare(scene);
      const { witness, ears } = await listenThere(scene);
      const before = ears.heard().length;
      const since = performance.now();
      await lose(scene, role);
      const { message_id: id } = await here.post(owner.token, guildId, channelId, 'after');
      await ears.until(() => ears.heard().length >= before + removal.length);
      noteTime(what, performance.now() - since);
      await witness.until(() =>
        witness.heard().some(({ d }) => 'message_id' in d && d.message_id === id),
      );
      const { status } = await there.request('GET', `${channel}/messages`, person);
      expect([403, 404]).toContain(status);
      // The answer to a command comes after all that was told before it.
      const where = { guild_id: guildId, channel_id: channelId };
      ears.send('message_create', { ...where, content: 'x', nonce: 'n' });
      await ears.frame('command_failed');
      const heard = ears.heard().slice(before);
      expect(heard.map(({ t }) => t)).toEqual([...removal, 'command_failed']);
    },
  );

  it.each(ENDS)('%s closes the sockets there, and refuses the token', async (what, end) => {
    const scene = await meet(...processes());
    const { ears } = await listenThere(scene);
    const before = ears.heard().length;
    const since = performance.now();
    await end(scene);
    expect(await ears.closed).toEqual({ code: 1008, reason: 'session_ended' });
    noteTime(what, performance.now() - since);
    expect(ears.heard().slice(before)).toEqual([]);
    const { status } = await scene.there.request('GET', '/auth/me', { token: scene.person.token });
    expect(status).toBe(401);
  });

  it('a client that comes back to the other process is told exactly what it missed', async () => {
    const scene = await meet(...processes());
    const { here, there, guildId, channelId, person } = scene;
    const open = async (api: ApiClient, places: string) => {
      const url = `${await gatewayUrl(api)}?access_token=${person.token}&places=${places}`;
      const client = await connectWs(url);
      site.onCleanUp(() => client.socket.terminate());
      await client.frame('ready');
      return client;
    };
    const where = { guild_id: guildId, channel_id: channelId };
    const ids: string[] = [];
    const heard: unknown[] = [];
    const post = async (through: ApiClient) =>
      ids.push(
        (await through.post(owner.token, guildId, channelId, `post ${ids.length}`)).message_id,
      );

    const first = await open(here, '1');
    const ready = await first.frame('ready');
    first.send('subscribe', where);
    await first.frame('subscribed');
    for (let i = 0; i < 5; i += 1) await post(i % 2 === 0 ? here : there);
    await first.until(() => first.frames.filter(({ t }) => t === 'message_create').length >= 3);
    first.socket.terminate();
    await first.closed;
    const taken = first.frames.filter(({ t }) => t === 'message_create');
    heard.push(...taken.map(({ d }) => d['message_id']));
    for (let i = 0; i < 20; i += 1) await post(i % 2 === 0 ? here : there);

    const second = await open(there, 'resume');
    second.send('resume', {
      position: taken.at(-1)?.s,
      installation_id: ready.d['installation_id'],
      subscriptions: [{ guild_id: guildId, channel_ids: [channelId] }],
    });
    await Promise.race([second.frame('resumed'), second.closed]);
    for (let i = 0; i < 5; i += 1) await post(i % 2 === 0 ? here : there);
    const created = () => second.frames.filter(({ t }) => t === 'message_create');
    await until('everything is heard', () => heard.length + created().length >= ids.length);
    heard.push(...created().map(({ d }) => d['message_id']));
    // Ids of two processes made in one millisecond may stand either way; each is heard once.
    expect(heard.toSorted()).toEqual(ids.toSorted());
    const places = [...taken, ...created()].map(({ s }) => s);
    expect(places).toEqual(places.toSorted());
  });
});

it('refuses a process that has other secrets', async () => {
  const { code, output } = await runFilament(['serve'], {
    FILAMENT_DATA_DIR: site.newDataDirectory(),
    FILAMENT_DATABASE_URL: await databaseUrl(dataDirectory),
    FILAMENT_BIND_ADDR: '127.0.0.1:0',
  });
  expect(output).toContain('another master key');
  expect(output).not.toMatch(/^ {4}at /m);
  expect(code).toBe(1);
});
