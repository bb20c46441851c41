// Profiles, friends and presence, over the public API and real sockets alone.
import { type UserId } from '../../domain/shared/ids.ts';
import { type ApiClient } from '../api-client/api-client.ts';
import { clientOf, frameOf, listen, listenIn, settle, signUp, type Person } from './people.ts';
import { createTestSite, GENEROUS, until } from './test-site.ts';

jest.setTimeout(60_000);

const FRIENDS_MAX = 3;
const PENDING_MAX = 3;
const REFUSED = { status: 401, body: { error: 'invalid_credentials' } };
const INVALID = { status: 400, body: { error: 'invalid_request' } };
const NOT_FOUND = { status: 404, body: { error: 'not_found' } };
const FULL = { status: 409, body: { error: 'quota_exceeded' } };

const site = createTestSite('people');
let api: ApiClient;
beforeAll(async () => {
  const server = await site.start(site.newDataDirectory(), {
    ...GENEROUS,
    FILAMENT_MAX_CREATED_GUILDS_PER_USER: '1000',
    FILAMENT_MAX_FRIENDS: String(FRIENDS_MAX),
    FILAMENT_MAX_PENDING_FRIEND_REQUESTS: String(PENDING_MAX),
  });
  api = clientOf(site, server);
});
afterAll(site.cleanUp);

let made = 0;
const someone = () => signUp(api, `Person_${(made += 1)}`);
const crowd = (count: number) => Promise.all(Array.from({ length: count }, someone));
const call = async (
  person: Pick<Person, 'token'> | null,
  method: 'GET' | 'POST' | 'PATCH' | 'DELETE',
  path: string,
  body?: unknown,
) => {
  const answer = await api.request(method, path, { token: person?.token, body });
  return { status: answer.status, body: answer.body };
};
const ask = (sender: Person, recipient: { readonly userId: UserId }) =>
  call(sender, 'POST', '/friends/requests', { recipient_user_id: recipient.userId });
const requestIdOf = ({ body }: { readonly body: unknown }) =>
  (body as { readonly request_id: string }).request_id;
const accept = (by: Person, requestId: string) =>
  call(by, 'POST', `/friends/requests/${requestId}/accept`);
const befriend = async (one: Person, other: Person) => {
  const asked = await ask(one, other);
  expect(await accept(other, requestIdOf(asked))).toEqual({
    status: 200,
    body: { accepted: true },
  });
};

describe('friends', () => {
  it('are asked, listed on both sides, accepted and removed', async () => {
    const [ada, bob] = await Promise.all([someone(), someone()]);
    const asked = await ask(ada, bob);
    const created_at_unix = (asked.body as { created_at_unix: number }).created_at_unix;
    const request_id = requestIdOf(asked);
    const sent = {
      request_id,
      sender_user_id: ada.userId,
      recipient_user_id: bob.userId,
      created_at_unix,
    };
    expect(asked).toEqual({ status: 200, body: sent });
    const request = { ...sent, sender_username: ada.name, recipient_username: bob.name };
    const listed = (incoming: unknown[], outgoing: unknown[]) => ({
      status: 200,
      body: { incoming, outgoing },
    });
    expect(await call(ada, 'GET', '/friends/requests')).toEqual(listed([], [request]));
    expect(await call(bob, 'GET', '/friends/requests')).toEqual(listed([request], []));
    expect(await accept(bob, request_id)).toEqual({ status: 200, body: { accepted: true } });
    const { body } = await call(ada, 'GET', '/friends');
    expect(body).toMatchObject({ friends: [{ user_id: bob.userId, username: bob.name }] });
    expect(await call(bob, 'GET', '/friends/requests')).toEqual(listed([], []));
    const removal = `/friends/${ada.userId.toLowerCase()}`;
    for (let i = 0; i < 2; i += 1)
      expect(await call(bob, 'DELETE', removal)).toEqual({ status: 204, body: null });
    expect(await call(bob, 'GET', '/friends')).toEqual({ status: 200, body: { friends: [] } });
    await until('the other side sees it', async () => {
      const mine = await call(ada, 'GET', '/friends');
      return JSON.stringify(mine.body) === '{"friends":[]}';
    });
  });

  it('are listed newest first', async () => {
    const [ada, ...others] = await crowd(1 + FRIENDS_MAX);
    for (const other of others) await befriend(ada!, other);
    const { body } = await call(ada!, 'GET', '/friends');
    const ids = (body as { friends: { user_id: string }[] }).friends.map(({ user_id }) => user_id);
    expect(ids).toEqual(others.map(({ userId }) => userId).reverse());
  });

  it('are not asked twice, nor oneself, nor nobody', async () => {
    const [ada, bob] = await Promise.all([someone(), someone()]);
    const nobody = { userId: '01J00000000000000000000001' as UserId };
    expect(await ask(ada, ada)).toEqual(INVALID);
    expect(await ask(ada, nobody)).toEqual(INVALID);
    expect(await ask(ada, { userId: 'nonsense' as UserId })).toEqual(INVALID);
    const asked = await ask(ada, bob);
    expect(asked.status).toBe(200);
    expect(await ask(ada, bob)).toEqual(INVALID);
    expect(await ask(bob, ada)).toEqual(INVALID);
    await accept(bob, requestIdOf(asked));
    expect(await ask(ada, bob)).toEqual(INVALID);
    expect(await ask(bob, ada)).toEqual(INVALID);
    expect(await call(ada, 'DELETE', `/friends/${ada.userId}`)).toEqual(INVALID);
    expect(await call(ada, 'DELETE', '/friends/nonsense')).toEqual(INVALID);
    expect((await call(ada, 'POST', '/friends/requests', {})).status).toBe(422);
    expect(
      (await call(ada, 'POST', '/friends/requests', { recipient_user_id: bob.userId, x: 1 }))
        .status,
    ).toBe(422);
  });

  it('are asked once, however often a request is repeated under its key', async () => {
    const [ada, bob] = await Promise.all([someone(), someone()]);
    const send = () =>
      api.request('POST', '/friends/requests', {
        token: ada.token,
        body: { recipient_user_id: bob.userId },
        idempotencyKey: 'the-same',
      });
    const answers = await Promise.all([send(), send(), send()]);
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200]);
    for (const { body } of answers) expect(body).toEqual(answers[0].body);
  });

  it('answer for themselves only', async () => {
    const [ada, bob, eve] = await crowd(3);
    const id = requestIdOf(await ask(ada!, bob!));
    const path = `/friends/requests/${id}`;
    for (const person of [ada!, eve!]) expect(await accept(person, id)).toEqual(NOT_FOUND);
    expect(await call(eve!, 'DELETE', path)).toEqual(NOT_FOUND);
    for (const unknown of ['01J00000000000000000000001', 'nonsense', 'a%00b'])
      expect(await accept(bob!, unknown)).toEqual(NOT_FOUND);
    expect(await call(ada!, 'DELETE', path)).toEqual({ status: 204, body: null });
    expect(await call(ada!, 'DELETE', path)).toEqual(NOT_FOUND);
    expect(await accept(bob!, id)).toEqual(NOT_FOUND);
  });

  it.each([
    ['GET', '/friends'],
    ['DELETE', '/friends/01J00000000000000000000001'],
    ['GET', '/friends/requests'],
    ['POST', '/friends/requests/01J00000000000000000000001/accept'],
    ['DELETE', '/friends/requests/01J00000000000000000000001'],
  ] as const)('are nobody’s who is not signed in: %s %s', async (method, path) => {
    expect(await call(null, method, path)).toEqual(REFUSED);
  });
  it('are asked by nobody who is not signed in', async () => {
    const body = { recipient_user_id: '01J00000000000000000000001' };
    expect(await call(null, 'POST', '/friends/requests', body)).toEqual(REFUSED);
  });
});

describe('the limits of friendship', () => {
  const statuses = (answers: readonly { readonly status: number }[]) =>
    answers.map(({ status }) => status).sort();

  it('let a person have so many requests open, however many run at once', async () => {
    const [ada, ...others] = await crowd(1 + PENDING_MAX + 2);
    const answers = await Promise.all(others.map((other) => ask(ada!, other)));
    expect(statuses(answers)).toEqual([200, 200, 200, 409, 409]);
    expect(answers.find(({ status }) => status === 409)).toEqual(FULL);
    const open = answers.find(({ status }) => status === 200)!;
    await call(ada!, 'DELETE', `/friends/requests/${requestIdOf(open)}`);
    const full = others[answers.findIndex(({ status }) => status === 409)]!;
    expect((await ask(ada!, full)).status).toBe(200);
  });

  it('let a person be asked so often, however many ask at once', async () => {
    const [ada, ...others] = await crowd(1 + PENDING_MAX + 2);
    const answers = await Promise.all(others.map((other) => ask(other, ada!)));
    expect(statuses(answers)).toEqual([200, 200, 200, 409, 409]);
  });

  it('let a person have so many friends, however many are accepted at once', async () => {
    const [ada, ...others] = await crowd(1 + FRIENDS_MAX + 1);
    await befriend(others[0]!, ada!);
    const asked = await Promise.all(others.slice(1).map((other) => ask(other, ada!)));
    const answers = await Promise.all(asked.map((request) => accept(ada!, requestIdOf(request))));
    expect(statuses(answers)).toEqual([200, 200, 409]);
    const late = await someone();
    expect(await ask(late, ada!)).toEqual(FULL);
  });
});

describe('sockets of people', () => {
  it('hear of requests and friends from their own side, subscribed to nothing', async () => {
    const [ada, bob, eve] = await crowd(3);
    const [adas, bobs, eves] = await Promise.all(
      [ada!, bob!, eve!].map((person) => listen(site, api, person)),
    );
    await befriend(ada!, bob!);
    await call(ada!, 'DELETE', `/friends/${bob!.userId}`);
    for (const [mine, me, other] of [
      [adas!, ada!, bob!],
      [bobs!, bob!, ada!],
    ] as const) {
      await mine.frame('friend_remove');
      const heard = mine.heard();
      expect(heard.map(({ t }) => t).slice(1)).toEqual([
        'friend_request_create',
        'friend_request_update',
        'friend_remove',
      ]);
      expect(frameOf(heard, 'friend_request_create')?.d).toMatchObject({
        sender_username: ada!.name,
        recipient_username: bob!.name,
      });
      expect(frameOf(heard, 'friend_request_update')?.d).toMatchObject({
        state: 'accepted',
        user_id: me.userId,
        friend_user_id: other.userId,
        friend_username: other.name,
        actor_user_id: bob!.userId,
      });
      expect(frameOf(heard, 'friend_remove')?.d).toMatchObject({
        user_id: me.userId,
        friend_user_id: other.userId,
        actor_user_id: ada!.userId,
      });
    }
    // Something of their own, told after all of the above, so that it would have been heard before.
    await call(eve!, 'PATCH', '/users/me/profile', { about_markdown: 'me' });
    await eves!.frame('profile_update');
    expect(eves!.heard().map(({ t }) => t)).toEqual(['ready', 'profile_update']);
  });

  it('hear of changed profiles of friends and of people of the same guild, each once', async () => {
    const [ada, friend, mate, stranger] = await crowd(4);
    await befriend(ada!, friend!);
    const { guildId } = await settle(api, ada!);
    for (const person of [friend!, mate!]) await api.joinGuild(person.token, guildId);
    const listeners = await Promise.all(
      [ada!, friend!, mate!, stranger!].map((person) => listen(site, api, person)),
    );
    const changed = { username: `${ada!.name}_L`, about_markdown: '**hi**' };
    await call(ada!, 'PATCH', '/users/me/profile', changed);
    await call(stranger!, 'PATCH', '/users/me/profile', { about_markdown: 'me' });
    await call(ada!, 'PATCH', '/users/me/profile', { about_markdown: 'bye' });
    const [own, friends, mates, strangers] = listeners;
    for (const listener of [own!, friends!, mates!]) {
      await until(
        'both changes were heard',
        () => listener.heard().filter(({ t }) => t === 'profile_update').length >= 2,
      );
      const heard = listener.heard().slice(1);
      expect(heard).toHaveLength(2);
      expect(heard[0]?.d).toMatchObject({ user_id: ada!.userId, updated_fields: changed });
    }
    await strangers!.frame('profile_update');
    expect(strangers!.heard().slice(1)).toMatchObject([{ d: { user_id: stranger!.userId } }]);
  });
});

describe('presence', () => {
  type Listener = Awaited<ReturnType<typeof listen>>;
  const presenceOf = (listener: Listener, person: Person) =>
    listener
      .heard()
      .flatMap((frame) => (frame.t === 'presence_update' ? [frame.d] : []))
      .filter(({ user_id }) => user_id === person.userId)
      .map(({ status }) => status);
  const untilPresence = (listener: Listener, person: Person, expected: readonly string[]) =>
    until(
      `${person.name} is ${expected.join()}`,
      () => presenceOf(listener, person).join() === expected.join(),
    );
  const together = async () => {
    const [ada, bob] = await crowd(2);
    const place = await settle(api, ada!);
    await api.joinGuild(bob!.token, place.guildId);
    const watching = await listenIn(site, api, ada!, place);
    return { ada: ada!, bob: bob!, place, watching };
  };

  it('is told when the first socket comes and the last one goes, also when it is cut off', async () => {
    const { ada, bob, place, watching } = await together();
    const first = await listenIn(site, api, bob, place);
    await untilPresence(watching, bob, ['online']);
    const second = await listenIn(site, api, bob, place);
    expect(frameOf(second.heard(), 'presence_sync')?.d.user_ids).toHaveLength(2);
    expect(second.heard().filter(({ t }) => t === 'presence_update')).toEqual([]);
    first.socket.close();
    const third = await listenIn(site, api, bob, place); // Comes after the first was told to go
    second.socket.terminate();
    third.socket.terminate();
    await untilPresence(watching, bob, ['online', 'offline']);
    const again = await listenIn(site, api, bob, place);
    await untilPresence(watching, bob, ['online', 'offline', 'online']);
    const [sync] = again.heard().flatMap((frame) => (frame.t === 'presence_sync' ? [frame.d] : []));
    expect([...(sync?.user_ids ?? [])].sort()).toEqual([ada.userId, bob.userId].sort());
    expect(presenceOf(again, bob)).toEqual(['online']); // To oneself too, on the first
  });

  it('ends with the session', async () => {
    const { bob, place, watching } = await together();
    await listenIn(site, api, bob, place);
    await untilPresence(watching, bob, ['online']);
    await api.request('POST', '/auth/logout', { body: { refresh_token: bob.refreshToken } });
    await untilPresence(watching, bob, ['online', 'offline']);
  });
});
