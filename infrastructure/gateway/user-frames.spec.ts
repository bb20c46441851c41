// Frames for all sockets of a person, whatever they are subscribed to.
import { type DomainEvent } from '../../application/event-store/event-catalogue.ts';
import { type FriendRequestId, type UserId } from '../../domain/shared/ids.ts';
import { type Frame } from './frame-text.ts';
import { createFakeTransport, type FakeClient } from './testing/fake-transport.ts';
import {
  createCountingMetrics,
  createHarness,
  events,
  NOBODY_KNOWN,
  tokenFor,
} from './testing/harness.ts';
import { guildId, noon, userId } from './testing/samples.ts';
import { createUserFanout, FANOUT_CHUNK, FANOUTS_WAITING_MAX } from './user-fanout.ts';
import { type Connection } from './connection.ts';

const requestId = '01J0000000000000000000000R' as FriendRequestId;
const AT = noon / 1000;

const profile = (
  user: number,
  changed: { username?: string; aboutMarkdown?: string },
): DomainEvent => ({
  type: 'ProfileUpdated',
  data: { userId: userId(user), at: noon, ...changed },
});
const request = { requestId, senderId: userId(1), recipientId: userId(2), at: noon };

const opened: ReturnType<typeof createHarness>['gateway'][] = [];
afterEach(() => Promise.all(opened.splice(0).map((gateway) => gateway.close(0))));

const world = async (options: Partial<Parameters<typeof createHarness>[0]> = {}) => {
  const transport = createFakeTransport();
  const harness = createHarness({ port: transport.port, ...options });
  opened.push(harness.gateway);
  await harness.gateway.listen('test', 1);
  const connect = async (user: number): Promise<FakeClient> => {
    const client = await transport.connect({ query: `access_token=${tokenFor(user)}` });
    if (typeof client === 'string') throw new Error(client);
    return client;
  };
  return { ...harness, connect };
};
const heard = ({ frames }: FakeClient) => frames.filter(({ t }) => t !== 'ready');

describe('a changed profile', () => {
  it('is told with what changed, and the text as tokens', async () => {
    const { connect, happen } = await world();
    const ada = await connect(1);
    await happen(profile(1, { aboutMarkdown: '*hi*' }), profile(1, { username: 'Countess' }));
    expect(ada.texts.slice(1)).toEqual([
      `{"v":1,"t":"profile_update","d":{"updated_at_unix":${AT},"updated_fields":{"about_markdown":"*hi*","about_markdown_tokens":[{"type":"paragraph_start"},{"type":"emphasis_start"},{"text":"hi","type":"text"},{"type":"emphasis_end"},{"type":"paragraph_end"}]},"user_id":"${userId(1)}"}}`,
      `{"v":1,"t":"profile_update","d":{"updated_at_unix":${AT},"updated_fields":{"username":"Countess"},"user_id":"${userId(1)}"}}`,
    ]);
  });

  it('is told to every socket of the person, friends and people of the same guilds, once', async () => {
    const guilds = new Map<UserId, number[]>([
      [userId(1), [1, 2]],
      [userId(3), [2, 1]],
      [userId(4), [2]],
      [userId(5), [9]],
    ]);
    const { connect, happen } = await world({
      people: {
        ...NOBODY_KNOWN,
        friendIdsOf: (user) => Promise.resolve(user === userId(1) ? [userId(2), userId(4)] : []),
        guildsOfPerson: (user) => Promise.resolve((guilds.get(user) ?? []).map(guildId)),
      },
    });
    const clients = [];
    for (const user of [1, 1, 2, 3, 4, 5, 6]) clients.push(await connect(user));
    await happen(profile(1, { username: 'Countess' }));
    expect(clients.map((client) => heard(client).length)).toEqual([1, 1, 1, 1, 1, 0, 0]);
  });

  it('is told to who shares a guild now, as the log has it', async () => {
    const { connect, happen } = await world({
      people: { ...NOBODY_KNOWN, guildsOfPerson: () => Promise.resolve([]) },
    });
    const [ada, bob] = [await connect(1), await connect(2)];
    const told = () => heard(bob).filter(({ t }) => t === 'profile_update').length;
    await happen(profile(1, { username: 'Aaa' }));
    expect(told()).toBe(0);
    await happen(events.joined(1), events.joined(2), profile(1, { username: 'Bbb' }));
    expect(told()).toBe(1);
    await happen(events.kicked(2), profile(1, { username: 'Ccc' }));
    expect(told()).toBe(1);
    await happen(events.joined(2), profile(1, { username: 'Ddd' }));
    expect(told()).toBe(2);
    ada.hangUp();
    await happen(profile(1, { username: 'Eee' }));
    // Who is not here any more is asked for again; in this world nobody is in a guild.
    expect(told()).toBe(2);
  });

  it('waits for the guilds of who is just connecting', async () => {
    let tell: (guilds: readonly ReturnType<typeof guildId>[]) => void = () => {};
    const { connect, happen } = await world({
      people: {
        ...NOBODY_KNOWN,
        guildsOfPerson: (user) =>
          user === userId(2)
            ? new Promise((resolve) => (tell = resolve))
            : Promise.resolve([guildId(1)]),
      },
    });
    await connect(1);
    const connecting = connect(2);
    await new Promise(setImmediate);
    // The read model was asked before the kick, and the kick is told before it answers.
    await happen(events.joined(2), events.kicked(2));
    tell([guildId(1), guildId(2)]);
    const bob = await connecting;
    await happen(profile(1, { username: 'Aaa' }));
    expect(heard(bob)).toEqual([]);
  });

  it('is told to the person even when nobody else can be found, and the loss is counted', async () => {
    const { connect, happen, counts } = await world({
      people: { ...NOBODY_KNOWN, friendIdsOf: () => Promise.reject(new Error('away')) },
    });
    const ada = await connect(1);
    await happen(profile(1, { username: 'Aaa' }));
    expect(heard(ada)).toHaveLength(1);
    expect(counts['dropped user profile_update serialize_error']).toBe(1);
  });

  it('refuses sockets while nobody can say in which guilds they are, and frees their place', async () => {
    let isAway = true;
    const { connect } = await world({
      limits: { gatewayConnectionsPerUserMax: 1, gatewayConnectionsPerAddressMax: 1 },
      people: {
        ...NOBODY_KNOWN,
        guildsOfPerson: () => (isAway ? Promise.reject(new Error('away')) : Promise.resolve([])),
      },
    });
    for (let i = 0; i < 3; i += 1) await expect(connect(1)).rejects.toThrow('away');
    isAway = false;
    expect((await connect(1)).frames).toHaveLength(1);
  });

  it('is told to so many people and no more', async () => {
    const friends = Array.from({ length: 5 }, (_, i) => userId(10 + i));
    const { connect, happen, counts } = await world({
      limits: { gatewayUserFanoutMax: 4 },
      people: { ...NOBODY_KNOWN, friendIdsOf: () => Promise.resolve(friends) },
    });
    const clients = [];
    for (let i = 0; i < 4; i += 1) clients.push(await connect(10 + i));
    await happen(profile(1, { username: 'Aaa' }));
    expect(counts['dropped user profile_update audience_limit']).toBeUndefined();
    clients.push(await connect(14));
    await happen(profile(1, { username: 'Bbb' }));
    expect(clients.map((client) => heard(client).length)).toEqual([2, 2, 2, 2, 0]);
    expect(counts['dropped user profile_update audience_limit']).toBe(1);
  });
});

describe('what is between two people', () => {
  it('is told to both, seen from each, and to nobody else', async () => {
    const { connect, happen } = await world();
    const [ada, bob, eve] = [await connect(1), await connect(2), await connect(3)];
    await happen(
      { type: 'FriendRequested', data: request },
      { type: 'FriendRequestAccepted', data: request },
      { type: 'FriendRemoved', data: { by: userId(2), friendId: userId(1), at: noon } },
      { type: 'FriendRequestDeleted', data: { ...request, by: userId(1) } },
    );
    const seenBy = (me: number, other: number) => [
      {
        t: 'friend_request_create',
        d: {
          request_id: requestId,
          sender_user_id: userId(1),
          sender_username: `name of ${userId(1)}`,
          recipient_user_id: userId(2),
          recipient_username: `name of ${userId(2)}`,
          created_at_unix: AT,
        },
      },
      {
        t: 'friend_request_update',
        d: {
          request_id: requestId,
          state: 'accepted',
          user_id: userId(me),
          friend_user_id: userId(other),
          friend_username: `name of ${userId(other)}`,
          friendship_created_at_unix: AT,
          updated_at_unix: AT,
          actor_user_id: userId(2),
        },
      },
      {
        t: 'friend_remove',
        d: {
          user_id: userId(me),
          friend_user_id: userId(other),
          removed_at_unix: AT,
          actor_user_id: userId(2),
        },
      },
      {
        t: 'friend_request_delete',
        d: { request_id: requestId, deleted_at_unix: AT, actor_user_id: userId(1) },
      },
    ];
    const framesOf = (client: FakeClient) => heard(client).map(({ t, d }) => ({ t, d }));
    expect(framesOf(ada)).toEqual(seenBy(1, 2));
    expect(framesOf(bob)).toEqual(seenBy(2, 1));
    expect(heard(eve)).toEqual([]);
  });
});

describe('a fan-out to many', () => {
  const frame: Frame = { t: 'profile_update', d: {} };
  const scene = () => {
    const told: { readonly user: UserId; readonly frame: Frame }[] = [];
    const dropped: string[] = [];
    const fanout = createUserFanout({
      socketsOf: (user) => [{ userId: user } as Connection],
      outbox: {
        toSome: (connections, _scope, said) => {
          for (const { userId: user } of connections) told.push({ user, frame: said });
        },
      },
      metrics: {
        ...createCountingMetrics().metrics,
        gatewayDropped: (_scope, _t, reason) => void dropped.push(reason),
      },
      peopleMax: 100_000,
    });
    return { fanout, told, dropped };
  };
  const people = (count: number) => Array.from({ length: count }, (_, i) => userId(i));

  it('writes a chunk a turn, lets others write in between, and keeps the order of frames', async () => {
    const { fanout, told } = scene();
    const second: Frame = { t: 'profile_avatar_update', d: {} };
    fanout.toPeople(people(3 * FANOUT_CHUNK), frame);
    expect(told).toHaveLength(FANOUT_CHUNK);
    fanout.toPeople(people(1), second);
    expect(told).toHaveLength(FANOUT_CHUNK);
    let turns = 0;
    while (told.length < 3 * FANOUT_CHUNK + 1) {
      const before = told.length;
      await new Promise(setImmediate);
      expect(told.length - before).toBeLessThanOrEqual(FANOUT_CHUNK);
      turns += 1;
    }
    expect(turns).toBeGreaterThanOrEqual(2);
    expect(told.at(-1)).toEqual({ user: userId(0), frame: second });
    expect(new Set(told.slice(0, -1).map(({ user }) => user)).size).toBe(3 * FANOUT_CHUNK);
    fanout.stop();
  });

  it('does not tell who has left before their turn', async () => {
    const { fanout, told } = scene();
    const mates = new Set(people(FANOUT_CHUNK + 2));
    fanout.toPeople(mates, frame);
    mates.delete(userId(FANOUT_CHUNK));
    while (told.length < FANOUT_CHUNK + 1) await new Promise(setImmediate);
    await new Promise(setImmediate);
    expect(told.at(-1)?.user).toBe(userId(FANOUT_CHUNK + 1));
    expect(told).toHaveLength(FANOUT_CHUNK + 1);
    fanout.stop();
  });

  it('drops and counts what comes when too much waits', () => {
    const { fanout, dropped } = scene();
    for (let i = 0; i < FANOUTS_WAITING_MAX; i += 1)
      fanout.toPeople(people(2 * FANOUT_CHUNK), frame);
    expect(dropped).toEqual([]);
    fanout.toPeople(people(1), frame);
    expect(dropped).toEqual(['full_queue']);
    fanout.stop();
  });
});
