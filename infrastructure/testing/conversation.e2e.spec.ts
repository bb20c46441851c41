// Two people talk, over the public API and the gateway alone.
import {
  clientOf,
  frameOf,
  listenIn,
  listen,
  type Person,
  settle,
  signIn,
  signUp,
} from './people.ts';
import { type ServerFrame } from '../../application/contract/gateway-frames.ts';
import { type ApiClient } from '../api-client/api-client.ts';
import { createTestSite, GENEROUS, until } from './test-site.ts';

jest.setTimeout(60_000);

const SESSION_CLOSE_MS_MAX = 1000; // The promise of the product
const LOOK_UPS = 150;

const site = createTestSite('conversation');
let api: ApiClient;
let alice: Person;
let bob: Person;
beforeAll(async () => {
  const server = await site.start(site.newDataDirectory(), {
    ...GENEROUS,
    FILAMENT_MAX_CREATED_GUILDS_PER_USER: '1000',
  });
  api = clientOf(site, server);
  [alice, bob] = await Promise.all([signUp(api, 'alice'), signUp(api, 'Bob_2')]);
});
afterAll(site.cleanUp);

/** A public guild of Alice's that Bob has joined, both with a socket in its channel. */
const together = async () => {
  const place = await settle(api, alice);
  await api.joinGuild(bob.token, place.guildId);
  const ears = await listenIn(site, api, bob, place);
  const messages = `/guilds/${place.guildId}/channels/${place.channelId}/messages`;
  return { ...place, place, ears, messages };
};

describe('accounts', () => {
  it('answers the registration of a taken name as that of a free one, and changes nothing', async () => {
    const taken = { username: 'ALICE', password: 'quite another password' };
    const answer = await api.request('POST', '/auth/register', { body: taken });
    expect(answer).toMatchObject({ status: 200, body: { accepted: true } });
    const wrong = await api.request('POST', '/auth/login', { body: taken });
    expect(wrong).toMatchObject({ status: 401, body: { error: 'invalid_credentials' } });
    expect((await signIn(api, 'aLiCe', alice.password)).userId).toBe(alice.userId);
  });

  it('knows people by name and number', async () => {
    expect(await api.me(bob.token)).toMatchObject({ user_id: bob.userId, username: 'Bob_2' });
    const lookup = await api.request('POST', '/users/lookup', {
      token: alice.token,
      body: { user_ids: [bob.userId, '01ARZ3NDEKTSV4RRFFQ69G5FAV', alice.userId] },
    });
    expect(lookup.body).toEqual({
      users: [
        { user_id: bob.userId, username: 'Bob_2', avatar_version: 0 },
        { user_id: alice.userId, username: 'alice', avatar_version: 0 },
      ],
    });
  });

  it('repeats the answer to a repeated refresh, and ends the session at any other reuse', async () => {
    const person = await signIn(api, bob.name, bob.password);
    const first = await api.refresh(person.refreshToken, 'the-same-request');
    expect(await api.refresh(person.refreshToken, 'the-same-request')).toEqual(first);
    expect(first.refresh_token).not.toBe(person.refreshToken);
    expect((await api.me(first.access_token)).user_id).toBe(bob.userId);
    const reuse = { body: { refresh_token: person.refreshToken } };
    expect(await api.request('POST', '/auth/refresh', reuse)).toMatchObject({ status: 401 });
    const newest = { body: { refresh_token: first.refresh_token } };
    expect(await api.request('POST', '/auth/refresh', newest)).toMatchObject({ status: 401 });
  });

  it('ends sockets and tokens of a session that signs out, and of no other', async () => {
    const { place } = await together();
    const leaving = await signIn(api, bob.name, bob.password);
    const sockets = [await listen(site, api, leaving), await listenIn(site, api, leaving, place)];
    const staying = await listenIn(site, api, bob, place);
    const body = { refresh_token: leaving.refreshToken };
    const began = performance.now();
    expect((await api.request('POST', '/auth/logout', { body })).status).toBe(204);
    const refused = await api.request('GET', '/auth/me', { token: leaving.token });
    expect(refused).toMatchObject({ status: 401, body: { error: 'invalid_credentials' } });
    for (const socket of sockets)
      expect(await socket.closed).toEqual({ code: 1008, reason: 'session_ended' });
    expect(performance.now() - began).toBeLessThan(SESSION_CLOSE_MS_MAX);
    expect((await api.me(bob.token)).user_id).toBe(bob.userId);
    const { message_id: id } = await api.post(bob.token, place.guildId, place.channelId, 'still');
    await staying.until(() => frameOf(staying.heard(), 'message_create')?.d.message_id === id);
  });
});

describe('a conversation', () => {
  it('greets and answers in the order of the contract', async () => {
    const { place, ears } = await together();
    const tongue = await listenIn(site, api, alice, place);
    const order = [
      'ready',
      'presence_sync',
      'presence_update',
      'subscribed',
      'voice_participant_sync',
    ];
    expect(tongue.heard().map(({ t }) => t)).toEqual(order);
    expect(frameOf(tongue.heard(), 'presence_sync')?.d.user_ids.toSorted()).toEqual(
      [alice.userId, bob.userId].toSorted(),
    );
    const seen = (status: 'online' | 'offline') =>
      ears
        .heard()
        .some(
          ({ t, d }) =>
            t === 'presence_update' && d.user_id === alice.userId && d.status === status,
        );
    await ears.until(() => seen('online'));
    tongue.socket.close();
    await ears.until(() => seen('offline'));
  });

  it('hears posts of both ways, edits, reactions and deletions, and the history agrees', async () => {
    const { place, guildId, channelId, ears, messages } = await together();
    const tongue = await listenIn(site, api, alice, place);
    const posted = await api.post(alice.token, guildId, channelId, 'hello **Bob** 👋');
    await ears.until(() => frameOf(ears.heard(), 'message_create') !== undefined);
    expect(frameOf(ears.heard(), 'message_create')?.d).toEqual(posted);

    const body = { guild_id: guildId, channel_id: channelId, content: 'by socket', nonce: 'n-1' };
    tongue.send('message_create', body);
    tongue.send('message_create', body);
    await tongue.until(() => tongue.heard().filter(({ t }) => t === 'command_done').length === 2);
    const done = tongue.heard().flatMap((frame) => (frame.t === 'command_done' ? [frame.d] : []));
    expect(done[0]).toEqual(done[1]);
    const spoken = done[0]!.message;

    const one = `${messages}/${posted.message_id}`;
    const edit = { token: alice.token, body: { content: 'hello *you*' } };
    const edited = await api.request('PATCH', one, edit);
    expect(edited).toMatchObject({
      status: 200,
      body: { content: 'hello *you*', created_at_unix: posted.created_at_unix },
    });
    await ears.until(() => frameOf(ears.heard(), 'message_update') !== undefined);
    expect(frameOf(ears.heard(), 'message_update')?.d).toMatchObject({
      message_id: posted.message_id,
      updated_fields: { content: 'hello *you*' },
    });

    const emoji = `${one}/reactions/${encodeURIComponent('🎉')}`;
    for (const [method, operation, count] of [
      ['POST', 'add', 1],
      ['DELETE', 'remove', 0],
    ] as const) {
      const reaction = await api.request(method, emoji, { token: bob.token });
      expect(reaction).toMatchObject({ status: 200, body: { emoji: '🎉', count } });
      const told = () =>
        ears.heard().some(({ t, d }) => t === 'message_reaction' && d.operation === operation);
      await ears.until(told);
    }

    expect(await api.request('DELETE', one, { token: bob.token })).toMatchObject({ status: 403 });
    expect(await api.request('DELETE', one, { token: alice.token })).toMatchObject({ status: 204 });
    await ears.until(() => frameOf(ears.heard(), 'message_delete') !== undefined);
    expect(frameOf(ears.heard(), 'message_delete')?.d.message_id).toBe(posted.message_id);
    const page = await api.history(bob.token, guildId, channelId, { limit: 100 });
    expect(page.messages).toEqual([spoken]);
    const found = async () =>
      (await api.search(bob.token, guildId, 'socket', 10)).message_ids.includes(spoken.message_id);
    await until('the message is found by search', found);
  });

  it('tells of new channels and members, who are there when asked for', async () => {
    const { guildId, ears } = await together();
    const channel = await api.createChannel(alice.token, guildId, 'second');
    // What was on its way when they subscribed may come first: the channel they are in, and their own joining.
    const ofSecond = (frame: ServerFrame) =>
      frame.t === 'channel_create' && frame.d.channel.channel_id === channel.channel_id;
    await ears.until(() => ears.heard().some(ofSecond));
    expect(ears.heard().find(ofSecond)?.d).toEqual({ guild_id: guildId, channel });
    const carol = await signUp(api, `carol${guildId.slice(-8)}`);
    await api.joinGuild(carol.token, guildId);
    const ofCarol = (frame: ServerFrame) =>
      frame.t === 'workspace_member_add' && frame.d.user_id === carol.userId;
    await ears.until(() => ears.heard().some(ofCarol));
    const { body } = await api.request('GET', `/guilds/${guildId}/members`, { token: bob.token });
    expect(JSON.stringify(body)).toContain(carol.userId);
    const patch = { token: alice.token, body: { name: 'Renamed' } };
    expect((await api.request('PATCH', `/guilds/${guildId}`, patch)).status).toBe(200);
    await ears.until(() => frameOf(ears.heard(), 'workspace_update') !== undefined);
    const { body: mine } = await api.request('GET', '/guilds', { token: bob.token });
    expect(JSON.stringify(mine)).toContain('"Renamed"');
  });

  it('keeps outsiders out of everything private', async () => {
    const { guildId, channelId } = await settle(api, alice, 'private');
    const posted = await api.post(alice.token, guildId, channelId, 'between us');
    const { token } = bob;
    const channel = `/guilds/${guildId}/channels/${channelId}`;
    for (const path of [
      `/guilds/${guildId}/channels`,
      `/guilds/${guildId}/roles`,
      `/guilds/${guildId}/members`,
      `/guilds/${guildId}/search?q=between`,
      `${channel}/messages`,
      `${channel}/permissions/self`,
    ]) {
      const { status, body } = await api.request('GET', path, { token });
      expect([403, 404]).toContain(status);
      expect(JSON.stringify(body)).not.toContain('between us');
    }
    const join = await api.request('POST', `/guilds/${guildId}/join`, { token });
    expect(join).toMatchObject({ status: 404, body: { error: 'not_found' } });
    const spy = await listen(site, api, bob);
    spy.send('subscribe', { guild_id: guildId, channel_id: channelId });
    await api.request('DELETE', `${channel}/messages/${posted.message_id}`, alice);
    spy.send('message_create', {
      guild_id: guildId,
      channel_id: channelId,
      content: 'x',
      nonce: 'n',
    });
    await spy.frame('command_failed');
    expect(spy.heard().map(({ t }) => t)).toEqual(['ready', 'command_failed']);
  });

  it('does what is repeated with the same key once, with the identical answer', async () => {
    const { guildId, channelId, messages } = await together();
    const post = (content: string) =>
      api.request('POST', messages, { token: alice.token, body: { content }, idempotencyKey: 'k' });
    const answers = await Promise.all([post('once'), post('once'), post('once')]);
    const settled = [...answers, await post('once')].filter(({ status }) => status === 200);
    expect(settled.length).toBeGreaterThan(1);
    for (const { body } of settled) expect(body).toEqual(settled[0]!.body);
    expect(await post('other')).toMatchObject({
      status: 422,
      body: { error: 'idempotency_key_reused' },
    });
    const page = await api.history(bob.token, guildId, channelId, {
      limit: 100,
      minPosition: api.written(),
    });
    expect(page.messages.map(({ content }) => content)).toEqual(['once']);
  });
});

it('shows over REST at once whatever a frame told of', async () => {
  const { place, messages } = await together();
  const reader = await signIn(api, bob.name, bob.password);
  const ears = await listenIn(site, api, bob, place);
  const misses: string[] = [];
  const lookUps: Promise<void>[] = [];
  ears.socket.on('message', (data: Buffer) => {
    const { t, d } = JSON.parse(data.toString('utf8')) as { t: string; d: { message_id: string } };
    if (t !== 'message_create') return;
    const lookUp = async () => {
      const { body } = await api.request('GET', `${messages}?limit=50`, { token: reader.token });
      if (!JSON.stringify(body).includes(d.message_id)) misses.push(d.message_id);
    };
    lookUps.push(lookUp());
  });
  const AT_ONCE = 5;
  for (let i = 0; i < LOOK_UPS; i += AT_ONCE)
    await Promise.all(
      Array.from({ length: AT_ONCE }, (_, j) =>
        api.request('POST', messages, { token: alice.token, body: { content: `${i + j}` } }),
      ),
    );
  await until('each was looked up', () => lookUps.length === LOOK_UPS);
  await Promise.all(lookUps);
  expect(misses).toEqual([]);
});
