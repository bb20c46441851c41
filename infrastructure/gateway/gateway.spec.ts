import { isRight } from 'fp-ts/lib/Either.js';
import type * as t from 'io-ts';
import { ServerFrame } from '../../application/contract/gateway-frames.ts';
import { type DomainEvent } from '../../application/event-store/event-catalogue.ts';
import { type Recorded } from '../../application/event-store/event-store.ts';
import { type Timestamp } from '../../domain/shared/timestamp.ts';
import { PENDING_COMMANDS_MAX } from './commands.ts';
import { createFakeAccess } from './testing/fake-access.ts';
import { createFakeTransport, type FakeClient } from './testing/fake-transport.ts';
import { createHarness, echoMessage, events, tokenFor } from './testing/harness.ts';
import {
  channelId,
  EVERYONE,
  guildId,
  messageId,
  noon,
  recorded,
  roleId,
  sessionId,
  userId,
} from './testing/samples.ts';

const where = (channel: number) => ({ guild_id: guildId(1), channel_id: channelId(channel) });
const typesOf = (client: FakeClient) => client.frames.map(({ t }) => t);
const turn = () => new Promise(setImmediate);

/** A gateway whose guild 1 has channels 1 and 2 and these members. */
const start = async (
  members: readonly number[],
  options: Partial<Parameters<typeof createHarness>[0]> = {},
) => {
  const transport = createFakeTransport();
  const harness = createHarness({ port: transport.port, ...options });
  await harness.gateway.listen('test', 1);
  await harness.happen(events.channel(1), events.channel(2), ...members.map(events.joined));
  const connect = async (user: number, session = user): Promise<FakeClient> => {
    const client = await transport.connect({ query: `access_token=${tokenFor(user, session)}` });
    if (typeof client === 'string') throw new Error(client);
    return client;
  };
  const subscribe = async (client: FakeClient, channel: number) => {
    client.send('subscribe', where(channel));
    await turn();
  };
  const listener = async (user: number, channel = 1) => {
    const client = await connect(user);
    await subscribe(client, channel);
    client.frames.length = 0;
    return client;
  };
  return { ...harness, transport, connect, subscribe, listener };
};

let opened: { readonly close: (drainMs: number) => Promise<void> }[] = [];
const track = async (...given: Parameters<typeof start>) => {
  const started = await start(...given);
  opened.push(started.gateway);
  return started;
};
afterEach(async () => {
  for (const gateway of opened) await gateway.close(0);
  opened = [];
});

describe('a new connection', () => {
  it('is greeted with ready and a ping', async () => {
    const { connect } = await track([1]);
    const client = await connect(1);
    expect(client.texts).toEqual([`{"v":1,"t":"ready","d":{"user_id":"${userId(1)}"}}`]);
    expect(client.pings()).toBe(1);
  });

  it.each([
    ['no token', {}],
    ['a wrong token', { query: 'access_token=nonsense' }],
    ['a wrong scheme', { authorization: `bearer ${tokenFor(1)}` }],
    [
      'a bad query token though the header is good',
      {
        query: 'access_token=x',
        authorization: `Bearer ${tokenFor(1)}`,
      },
    ],
  ])('is refused with %s', async (_, request) => {
    const { transport, counts } = await track([1]);
    expect(await transport.connect(request)).toBe('401 Unauthorized');
    expect(counts['auth_failure unauthorized']).toBe(1);
  });

  it('may bring its token in the header', async () => {
    const { transport } = await track([1]);
    expect(typeof (await transport.connect({ authorization: `Bearer ${tokenFor(1)}` }))).toBe(
      'object',
    );
  });

  it('is refused from an origin that is not allowed', async () => {
    const { transport } = await track([1], { allowsOrigin: (origin) => origin === 'https://good' });
    const query = `access_token=${tokenFor(1)}`;
    expect(await transport.connect({ query, origin: 'https://evil' })).toBe('403 Forbidden');
    expect(typeof (await transport.connect({ query, origin: 'https://good' }))).toBe('object');
  });

  it('is refused past the cap of its user, until one leaves', async () => {
    const { connect } = await track([1], { limits: { gatewayConnectionsPerUserMax: 2 } });
    const first = await connect(1);
    await connect(1);
    await expect(connect(1)).rejects.toThrow('429');
    await connect(2);
    first.hangUp();
    await connect(1);
  });

  it('is refused past the cap of its address, and a refusal keeps no place', async () => {
    const { connect, transport } = await track([1], {
      limits: { gatewayConnectionsPerAddressMax: 2 },
    });
    for (let tries = 0; tries < 5; tries += 1) await transport.connect({});
    await connect(1);
    const second = await connect(2);
    await expect(connect(3)).rejects.toThrow('429');
    const query = `access_token=${tokenFor(3)}`;
    expect(typeof (await transport.connect({ query, peerAddress: '192.0.2.2' }))).toBe('object');
    second.hangUp();
    await connect(3);
  });

  it('is refused when its session is over, whatever the token says', async () => {
    const { connect, sessions } = await track([1]);
    await connect(1);
    sessions.change(sessionId(1), { revoked: true });
    await expect(connect(1)).rejects.toThrow('401');
  });
});

describe('subscribe', () => {
  it('answers in the order of the contract', async () => {
    const { connect, subscribe } = await track([1]);
    const client = await connect(1);
    await subscribe(client, 1);
    expect(typesOf(client)).toEqual([
      'ready',
      'presence_sync',
      'presence_update',
      'subscribed',
      'voice_participant_sync',
    ]);
    for (const frame of client.frames) expect(isRight(ServerFrame.decode(frame))).toBe(true);
    await subscribe(client, 1);
    expect(typesOf(client).slice(5)).toEqual([
      'presence_sync',
      'subscribed',
      'voice_participant_sync',
    ]);
  });

  it.each([
    ['an outsider', 2, where(1)],
    ['an unknown channel', 1, { ...where(1), channel_id: channelId(9) }],
    ['a channel of another guild', 1, { ...where(1), guild_id: guildId(2) }],
  ])('ignores %s in silence', async (_, user, d) => {
    const { connect, happen } = await track([1]);
    const client = await connect(user);
    client.send('subscribe', d);
    await turn();
    await happen(events.posted(1, 1, 'secret'));
    expect(typesOf(client)).toEqual(['ready']);
    expect(client.ended()).toBeNull();
  });

  it('stops at the cap of subscriptions', async () => {
    const { connect, subscribe } = await track([1], {
      limits: { gatewaySubscriptionsPerConnectionMax: 1 },
    });
    const client = await connect(1);
    await subscribe(client, 1);
    await subscribe(client, 2);
    await subscribe(client, 1);
    expect(typesOf(client).filter((t) => t === 'subscribed')).toHaveLength(2);
  });

  it('caps presence_sync', async () => {
    const { listener, connect, subscribe } = await track([1, 2, 3], {
      limits: { presenceSyncUsersMax: 2 },
    });
    await listener(1);
    await listener(2);
    const third = await connect(3);
    await subscribe(third, 1);
    const ids = third.frames.find(({ t }) => t === 'presence_sync')?.d['user_ids'];
    expect(ids).toHaveLength(2);
    expect(ids).toContain(userId(3));
  });

  it('sees a revocation that comes while the permission is loaded', async () => {
    let cached = true;
    const access = createFakeAccess({ isCached: () => cached });
    let released = () => {};
    const slow: typeof access = {
      ...access,
      inChannel: async (...asked) => {
        const answer = await access.inChannel(...asked);
        await new Promise<void>((resolve) => {
          released = resolve;
        });
        return answer;
      },
    };
    const { connect, happen } = await track([1], { access: slow });
    const client = await connect(1);
    cached = false;
    client.send('subscribe', where(1));
    await turn();
    cached = true;
    await happen(events.kicked(1));
    released();
    await turn();
    expect(typesOf(client)).toEqual(['ready']);
  });
});

describe('presence', () => {
  it('tells the guild of the first socket and of the last', async () => {
    const { listener, connect, subscribe } = await track([1, 2]);
    const watcher = await listener(1);
    const first = await listener(2);
    const second = await connect(2);
    await subscribe(second, 2);
    first.hangUp();
    second.hangUp();
    expect(watcher.frames).toEqual(
      ['online', 'offline'].map((status) => ({
        v: 1,
        t: 'presence_update',
        d: { guild_id: guildId(1), user_id: userId(2), status },
      })),
    );
  });
});

describe('announcements', () => {
  const person = { guildId: guildId(1), userId: userId(2), by: userId(1), at: noon };
  const change = { guildId: guildId(1), by: userId(1), at: noon };
  const message = { messageId: messageId(1), guildId: guildId(1), channelId: channelId(1) };
  const reaction = { ...message, userId: userId(1), emoji: '👍', at: noon };
  const cases: readonly (readonly [DomainEvent, string])[] = [
    [events.posted(1, 1, 'hello'), 'message_create'],
    [
      { type: 'MessageEdited', data: { ...message, by: userId(1), content: 'x', at: noon } },
      'message_update',
    ],
    [{ type: 'MessageDeleted', data: { ...message, by: userId(1), at: noon } }, 'message_delete'],
    [{ type: 'ReactionAdded', data: reaction }, 'message_reaction'],
    [{ type: 'ReactionRemoved', data: reaction }, 'message_reaction'],
    [events.channel(3), 'channel_create'],
    [
      { type: 'GuildUpdated', data: { guildId: guildId(1), by: userId(1), at: noon, name: 'n' } },
      'workspace_update',
    ],
    [events.joined(2), 'workspace_member_add'],
    [events.kicked(2), 'workspace_member_remove'],
    [{ type: 'MemberLeft', data: person }, 'workspace_member_remove'],
    [
      { type: 'MemberRoleAssigned', data: { ...person, roleId: roleId(1) } },
      'workspace_role_assignment_add',
    ],
    [
      { type: 'MemberRoleUnassigned', data: { ...person, roleId: roleId(1) } },
      'workspace_role_assignment_remove',
    ],
    [events.denied(2, 1), 'workspace_channel_permission_override_update'],
    [
      {
        type: 'ChannelOverrideSet',
        data: {
          ...change,
          channelId: channelId(1),
          target: { kind: 'role', roleId: roleId(1) },
          allow: [],
          deny: ['create_message'],
          fixedRole: 'moderator',
        },
      },
      'workspace_channel_role_override_update',
    ],
    [
      {
        type: 'RoleCreated',
        data: {
          ...change,
          roleId: roleId(1),
          name: 'n',
          position: 3 as t.Int,
          permissions: ['ban_member'],
          systemKey: null,
          isSystem: false,
          colorHex: null,
        },
      },
      'workspace_role_create',
    ],
    [
      { type: 'RoleUpdated', data: { ...change, roleId: roleId(1), name: 'n', colorHex: null } },
      'workspace_role_update',
    ],
    [{ type: 'RoleDeleted', data: { ...change, roleId: roleId(1) } }, 'workspace_role_delete'],
    [
      { type: 'RolesReordered', data: { ...change, roleIds: [roleId(1)] } },
      'workspace_role_reorder',
    ],
    [
      { type: 'MemberFixedRoleSet', data: { ...person, role: 'moderator', roleId: roleId(1) } },
      'workspace_member_update',
    ],
    [{ type: 'MemberUnbanned', data: person }, 'workspace_member_unban'],
    [
      { type: 'MemberTimedOut', data: { ...person, until: noon, reason: 'loud' } },
      'workspace_member_timeout_update',
    ],
    [{ type: 'MemberTimeoutLifted', data: person }, 'workspace_member_timeout_update'],
  ];

  it.each(cases)('%# are compact, sorted and valid', async (event, type) => {
    const { listener, happen } = await track([1]);
    const client = await listener(1);
    client.texts.length = 0;
    await happen(event);
    expect(typesOf(client)).toEqual([type]);
    expect(isRight(ServerFrame.decode(client.frames[0]))).toBe(true);
    const text = client.texts[0] ?? '';
    expect(text).toBe(JSON.stringify(JSON.parse(text)));
    expect(text.startsWith(`{"v":1,"t":"${type}","d":{`)).toBe(true);
    const keys = Object.keys(client.frames[0]?.d ?? {});
    expect(keys).toEqual([...keys].sort());
  });

  it('say of roles and timeouts just what the contract says', async () => {
    const { listener, happen } = await track([1]);
    const client = await listener(1);
    client.frames.length = 0;
    const colored = { type: 'RoleUpdated', data: { ...change, roleId: roleId(1) } } as const;
    await happen(
      { ...colored, data: { ...colored.data, colorHex: null } },
      { ...colored, data: { ...colored.data, permissions: ['ban_member', 'create_message'] } },
      { type: 'MemberTimedOut', data: { ...person, until: (noon + 999) as typeof noon } },
      { type: 'MemberTimeoutLifted', data: { ...person, reason: 'sorry' } },
    );
    const done = { guild_id: guildId(1), actor_user_id: userId(1), updated_at_unix: noon / 1000 };
    const timeout = { ...done, user_id: userId(2) };
    expect(client.frames.map(({ d }) => d)).toEqual([
      { ...done, role_id: roleId(1), updated_fields: { color_hex: null } },
      {
        ...done,
        role_id: roleId(1),
        updated_fields: { permissions: ['ban_member', 'create_message'] },
      },
      { ...timeout, timed_out_until_unix: noon / 1000 },
      { ...timeout, timed_out_until_unix: null },
    ]);
  });

  it('say a ban before the removal', async () => {
    const { listener, happen } = await track([1, 2]);
    const watcher = await listener(1);
    await happen(events.banned(2));
    expect(typesOf(watcher)).toEqual(['workspace_member_ban', 'workspace_member_remove']);
  });

  it('keep the order of the log, also across batches', async () => {
    const { listener, happen } = await track([1]);
    const client = await listener(1);
    await Promise.all(
      [0, 10, 20].map((from) =>
        happen(...[1, 2, 3].map((index) => events.posted(from + index, 1, 'x'))),
      ),
    );
    expect(client.frames.map(({ d }) => d['message_id'])).toEqual(
      [1, 2, 3, 11, 12, 13, 21, 22, 23].map(messageId),
    );
  });

  it('say nothing of the default role given on joining', async () => {
    const { listener, happen } = await track([1]);
    const client = await listener(1);
    const inStream = <E extends Recorded>(event: E, correlationId: string): E => ({
      ...event,
      meta: { ...event.meta, stream: 'member-1:2', correlationId },
    });
    const assigned = recorded({
      type: 'MemberRoleAssigned',
      data: { ...person, roleId: roleId(1) },
    });
    await happen(inStream(recorded(events.joined(2)), 'a'), inStream(assigned, 'a'));
    expect(typesOf(client)).toEqual(['workspace_member_add']);
    await happen(inStream(assigned, 'b'));
    expect(typesOf(client)).toContain('workspace_role_assignment_add');
  });

  it('drop and count a frame that is too big, and go on', async () => {
    const { listener, happen, counts } = await track([1], {
      limits: { gatewayEventBytesMax: 600 },
    });
    const client = await listener(1);
    await happen(events.posted(1, 1, 'x'.repeat(600)), events.posted(2, 1, 'small'));
    expect(client.frames.map(({ d }) => d['message_id'])).toEqual([messageId(2)]);
    expect(counts['dropped channel message_create oversized_outbound']).toBe(1);
    expect(counts['emitted channel message_create']).toBe(1);
  });

  it('survive what can not be read', async () => {
    const { listener, happen, counts } = await track([1], {
      contents: {
        render: () => Promise.reject(new Error('no database')),
        remember: (_, content) => ({ content, tokens: [] }),
        forget: () => {},
        forgetAll: () => {},
      },
    });
    const client = await listener(1);
    await happen(events.posted(1, 1, 'lost'), events.joined(2));
    expect(typesOf(client)).toEqual(['workspace_member_add']);
    expect(counts['dropped channel message_create serialize_error']).toBe(1);
  });

  it('skip what can not be decoded', async () => {
    const { listener, gateway } = await track([1]);
    const client = await listener(1);
    const { meta } = recorded(events.joined(2));
    await gateway.dispatch([{ type: 'Undecodable', storedType: 'Odd', reason: 'unknown', meta }]);
    expect(client.frames).toEqual([]);
  });
});

describe('revocation', () => {
  it('tells the removed person first, then nothing more, and the others all of it', async () => {
    const { listener, happen } = await track([1, 2]);
    const watcher = await listener(1);
    const removed = await listener(2);
    watcher.frames.length = 0;
    await happen(
      events.posted(1, 1, 'before'),
      events.kicked(2),
      events.posted(2, 1, 'after'),
      events.channel(3),
    );
    expect(typesOf(removed)).toEqual(['message_create', 'workspace_member_remove']);
    expect(typesOf(watcher)).toEqual([
      'message_create',
      'workspace_member_remove',
      'presence_update',
      'message_create',
      'channel_create',
    ]);
  });

  it('drops the subscriptions that an override takes away, and only those', async () => {
    const { listener, subscribe, happen } = await track([1, 2]);
    const client = await listener(2);
    await subscribe(client, 2);
    client.frames.length = 0;
    await happen(events.denied(2, 1), events.posted(1, 1, 'secret'), events.posted(2, 2, 'open'));
    expect(typesOf(client)).toEqual([
      'workspace_channel_permission_override_update',
      'unsubscribed',
      'message_create',
    ]);
    expect(client.frames[1]?.d).toEqual(where(1));
    expect(client.frames[2]?.d['message_id']).toBe(messageId(2));
  });

  const role = { guildId: guildId(1), by: userId(1), at: noon };
  const everyoneHolds = (permissions: readonly 'create_message'[]): DomainEvent => ({
    type: 'RoleUpdated',
    data: { ...role, roleId: EVERYONE, permissions },
  });

  it('drops the subscriptions that a change of a role takes away, after it is told', async () => {
    const { listener, happen } = await track([1, 2]);
    const client = await listener(2);
    await happen(everyoneHolds([]), events.posted(1, 1, 'secret'));
    expect(typesOf(client)).toEqual(['workspace_role_update', 'unsubscribed']);
  });

  it('drops the subscriptions that hang on a role when it is deleted', async () => {
    const { listener, happen } = await track([1, 2]);
    const kept = { type: 'RoleUpdated', data: { ...role, roleId: roleId(1) } } as const;
    const holder = { ...role, userId: userId(2), roleId: roleId(1) };
    await happen(
      { ...kept, data: { ...kept.data, permissions: ['create_message'] } },
      { type: 'MemberRoleAssigned', data: holder },
      everyoneHolds([]),
    );
    const client = await listener(2);
    await happen(
      events.posted(1, 1, 'heard'),
      { type: 'RoleDeleted', data: { ...role, roleId: roleId(1) } },
      events.posted(2, 1, 'secret'),
    );
    expect(typesOf(client)).toEqual(['message_create', 'workspace_role_delete', 'unsubscribed']);
  });

  it('tells of what an undo puts back as of something new, and of a message without its reactions', async () => {
    const { listener, happen } = await track([1]);
    const client = await listener(1);
    await happen(
      {
        type: 'MessageRestored',
        data: {
          ...{ messageId: messageId(1), guildId: guildId(1), channelId: channelId(1) },
          ...{
            authorId: userId(1),
            content: 'back again',
            postedAt: noon,
            by: userId(9),
            at: noon,
          },
        },
      },
      {
        type: 'RoleRestored',
        data: {
          ...{ ...role, roleId: roleId(1), name: 'n', position: 3 as t.Int, createdAt: noon },
          ...{ permissions: [], systemKey: null, isSystem: false, colorHex: null },
        },
      },
      {
        type: 'MemberRestored',
        data: { ...role, userId: userId(3), joinedAt: noon, roleIds: [roleId(1)] },
      },
    );
    expect(client.frames.map(({ t }) => t)).toEqual([
      ...['message_create', 'workspace_role_create', 'workspace_role_update'],
      ...['workspace_member_add', 'workspace_role_assignment_add'],
    ]);
    expect(client.frames[0]?.d).toMatchObject({ content: 'back again', reactions: [] });
    for (const frame of client.frames) expect(isRight(ServerFrame.decode(frame))).toBe(true);
  });

  it('drops the subscriptions to a channel that is removed, and says so', async () => {
    const { listener, happen } = await track([1, 2]);
    const client = await listener(1);
    await happen(
      { type: 'ChannelRemoved', data: { ...role, channelId: channelId(1) } },
      events.posted(2, 1, 'said to nobody'),
    );
    expect(typesOf(client)).toEqual(['channel_delete', 'unsubscribed']);
    expect(isRight(ServerFrame.decode(client.frames[0]))).toBe(true);
  });

  it('drops the subscriptions that a fixed role taken away takes along', async () => {
    const { listener, happen } = await track([1, 2]);
    const fixed = { ...role, userId: userId(2), roleId: roleId(1) };
    const kept = { type: 'RoleUpdated', data: { ...role, roleId: roleId(1) } } as const;
    await happen(
      { ...kept, data: { ...kept.data, permissions: ['create_message'] } },
      { type: 'MemberFixedRoleSet', data: { ...fixed, role: 'moderator' } },
      everyoneHolds([]),
    );
    const client = await listener(2);
    await happen({ type: 'MemberFixedRoleSet', data: { ...fixed, role: 'member' } });
    expect(typesOf(client)).toEqual(['workspace_member_update', 'unsubscribed']);
  });

  it('loads what is not cached before it decides', async () => {
    let cached = true;
    const access = createFakeAccess({ isCached: () => cached });
    const { listener, happen } = await track([1, 2], { access });
    const kept = await listener(1);
    const dropped = await listener(2);
    kept.frames.length = 0;
    cached = false;
    await happen(events.denied(2, 1), events.posted(1, 1, 'secret'));
    expect(typesOf(dropped)).toEqual([
      'workspace_channel_permission_override_update',
      'unsubscribed',
    ]);
    expect(typesOf(kept)).toContain('message_create');
  });

  it('fails closed when the permission can not be found out', async () => {
    const access = createFakeAccess();
    let broken = false;
    const failing: typeof access = {
      ...access,
      inChannelIfCached: (...asked) => (broken ? null : access.inChannelIfCached(...asked)),
      inChannel: (...asked) =>
        broken ? Promise.reject(new Error('no database')) : access.inChannel(...asked),
    };
    const { listener, happen } = await track([1], { access: failing });
    const client = await listener(1);
    broken = true;
    await happen(events.denied(2, 1), events.posted(1, 1, 'secret'));
    expect(typesOf(client)).not.toContain('message_create');
  });

  it('fails closed when what happened in the guild can not be decoded', async () => {
    const access = createFakeAccess();
    let unknown = false;
    const failing: typeof access = {
      ...access,
      inChannelIfCached: (...asked) => (unknown ? null : access.inChannelIfCached(...asked)),
      inChannel: (...asked) =>
        unknown ? Promise.reject(new Error('undecodable')) : access.inChannel(...asked),
    };
    const { listener, gateway, happen } = await track([1], { access: failing });
    const client = await listener(1);
    unknown = true;
    const { meta } = recorded(events.joined(2));
    const stream = `member-${guildId(1)}:${userId(1)}`;
    await gateway.dispatch([
      { type: 'Undecodable', storedType: 'X', reason: 'unknown', meta: { ...meta, stream } },
    ]);
    await happen(events.posted(1, 1, 'secret'));
    expect(typesOf(client)).toContain('unsubscribed');
    expect(typesOf(client)).not.toContain('message_create');
  });

  it('shows overrides and new channels only to those who see them', async () => {
    const { listener, subscribe, happen } = await track([1, 2]);
    const hidden = await listener(2, 2);
    await happen(events.denied(2, 1), events.denied(3, 1));
    const seen = await listener(1);
    await subscribe(seen, 2);
    hidden.frames.length = 0;
    seen.frames.length = 0;
    await happen(events.channel(3), events.denied(2, 3), events.denied(4, 1));
    expect(typesOf(hidden)).toEqual([]);
    expect(typesOf(seen)).toEqual([
      'channel_create',
      'workspace_channel_permission_override_update',
      'workspace_channel_permission_override_update',
    ]);
  });

  it('ends the sockets of a revoked session, and of no other', async () => {
    const { connect, happen, counts } = await track([1]);
    const revoked = await connect(1, 1);
    const other = await connect(1, 2);
    const data = {
      sessionId: sessionId(1),
      userId: userId(1),
      reason: 'logout',
      at: noon,
    } as const;
    await happen({ type: 'SessionRevoked', data });
    expect(revoked.ended()).toEqual({ code: 1008, reason: 'session_ended' });
    expect(other.ended()).toBeNull();
    expect(counts['disconnect connection_closed']).toBe(1);
  });

  it('ends a socket whose session was revoked while it was being opened', async () => {
    const { connect, happen } = await track([1]);
    const data = {
      sessionId: sessionId(1),
      userId: userId(1),
      reason: 'logout',
      at: noon,
    } as const;
    await happen({ type: 'SessionRevoked', data });
    const late = await connect(1);
    await turn();
    expect(late.ended()?.code).toBe(1008);
  });
});

describe('time', () => {
  beforeEach(() =>
    jest.useFakeTimers({ doNotFake: ['setImmediate', 'nextTick', 'queueMicrotask'] }),
  );
  afterEach(() => jest.useRealTimers());

  it('drops a peer that is silent for two heartbeats, and keeps one that answers', async () => {
    const { connect, counts } = await track([1, 2]);
    const dead = await connect(1);
    const alive = await connect(2);
    await jest.advanceTimersByTimeAsync(31_000);
    alive.pong();
    await jest.advanceTimersByTimeAsync(28_000);
    expect(dead.ended()).toBeNull();
    await jest.advanceTimersByTimeAsync(2_000);
    expect(dead.ended()?.code).toBe(1006);
    expect(alive.ended()).toBeNull();
    expect(alive.pings()).toBe(3);
    expect(counts['disconnect connection_closed']).toBe(1);
  });

  it('ends a socket within a second of its session expiring, unless a refresh moved the end', async () => {
    const { connect, sessions } = await track([1, 2]);
    const soon = (Date.now() + 10_000) as Timestamp;
    for (const session of [1, 2]) {
      sessions.start(userId(session), sessionId(session));
      sessions.change(sessionId(session), { expiresAt: soon });
    }
    const expiring = await connect(1);
    const refreshed = await connect(2);
    sessions.change(sessionId(2), { expiresAt: (soon + 20_000) as Timestamp });
    await jest.advanceTimersByTimeAsync(9_900);
    expect(expiring.ended()).toBeNull();
    await jest.advanceTimersByTimeAsync(1_000);
    expect(expiring.ended()).toEqual({ code: 1008, reason: 'session_ended' });
    expect(refreshed.ended()).toBeNull();
    await jest.advanceTimersByTimeAsync(20_000);
    expect(refreshed.ended()?.code).toBe(1008);
  });

  it('closes a slow consumer with 1008 and leaves the others alone', async () => {
    const { listener, happen, counts } = await track([1, 2], {
      limits: { gatewayOutboundBytesMax: 10_000 },
    });
    const slow = await listener(1);
    const quick = await listener(2);
    slow.stopReading();
    for (let index = 0; index < 20; index += 1)
      await happen(events.posted(index, 1, 'x'.repeat(1_000)));
    await jest.advanceTimersByTimeAsync(200);
    expect(slow.ended()).toEqual({ code: 1008, reason: 'slow_consumer' });
    expect(counts['disconnect slow_consumer']).toBe(1);
    expect(typesOf(quick).filter((t) => t === 'message_create')).toHaveLength(20);
  });
});

describe('message_create', () => {
  const draft = (content: string, nonce?: string) => ({ ...where(1), content, nonce });

  it('posts in order, one after the other, with the nonce as idempotency key', async () => {
    const posted: (string | null)[] = [];
    let running = 0;
    const { connect } = await track([1], {
      postMessage: async (request) => {
        running += 1;
        expect(running).toBe(1);
        await turn();
        running -= 1;
        posted.push(request.idempotencyKey);
        return { _tag: 'Right', right: { answer: echoMessage(request), position: null } };
      },
    });
    const client = await connect(1);
    for (const nonce of ['a', 'b', 'c']) client.send('message_create', draft('hi', nonce));
    while (posted.length < 3) await turn();
    await turn();
    expect(posted).toEqual(['a', 'b', 'c']);
    expect(client.frames.slice(1).map(({ t, d }) => [t, d['nonce']])).toEqual([
      ['command_done', 'a'],
      ['command_done', 'b'],
      ['command_done', 'c'],
    ]);
  });

  it('disconnects when it fails without a nonce', async () => {
    const { connect, counts } = await track([1]);
    const client = await connect(1);
    client.send('message_create', draft('refusing'));
    await turn();
    expect(client.ended()).toEqual({ code: 1006, reason: '' });
    expect(counts['disconnect message_rejected']).toBe(1);
  });

  it('says so when it fails with a nonce', async () => {
    const { connect } = await track([1]);
    const client = await connect(1);
    client.send('message_create', draft('refusing', 'n1'));
    await turn();
    expect(client.frames[1]).toEqual({
      v: 1,
      t: 'command_failed',
      d: { error: 'forbidden', nonce: 'n1' },
    });
    expect(client.ended()).toBeNull();
  });

  it('bounds what waits', async () => {
    const { connect, counts } = await track([1], {
      postMessage: () => new Promise(() => {}),
      limits: { gatewayIngressEventsMax: 1_000 },
    });
    const client = await connect(1);
    for (let index = 0; index < PENDING_COMMANDS_MAX; index += 1)
      client.send('message_create', draft('x', `n${index}`));
    expect(client.frames).toHaveLength(1);
    client.send('message_create', draft('x', 'late'));
    expect(client.frames[1]?.d).toEqual({ error: 'rate_limited', nonce: 'late' });
    client.send('message_create', draft('x'));
    expect(counts['disconnect ingress_rate_limited']).toBe(1);
  });
});

describe('closing', () => {
  it('lets running commands finish, then tells everyone', async () => {
    let finish = () => {};
    const { connect, gateway, transport } = await track([1, 2], {
      postMessage: (request) =>
        new Promise((resolve) => {
          const answer = { answer: echoMessage(request), position: null };
          finish = () => resolve({ _tag: 'Right', right: answer });
        }),
    });
    const client = await connect(1);
    const idle = await connect(2);
    client.send('message_create', { ...where(1), content: 'last words', nonce: 'n' });
    await turn();
    const closed = gateway.close(10_000);
    await expect(transport.connect({})).rejects.toThrow('not listening');
    expect(idle.ended()).toBeNull();
    finish();
    await closed;
    expect(typesOf(client)).toEqual(['ready', 'command_done']);
    for (const { ended } of [client, idle])
      expect(ended()).toEqual({ code: 1012, reason: 'server_restart' });
    expect(gateway.connectionCount()).toBe(0);
  });

  it('tells nobody that everybody else went offline', async () => {
    const { listener, gateway } = await track([1, 2]);
    const last = [await listener(1), await listener(2)];
    for (const { frames } of last) frames.length = 0;
    await gateway.close(0);
    expect(last.flatMap(({ frames }) => frames)).toEqual([]);
  });
});
