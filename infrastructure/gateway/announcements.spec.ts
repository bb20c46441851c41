import { isRight } from 'fp-ts/lib/Either.js';
import type * as t from 'io-ts';
import { ServerFrame } from '../../application/contract/gateway-frames.ts';
import { type DomainEvent } from '../../application/event-store/event-catalogue.ts';
import { type Recorded } from '../../application/event-store/event-store.ts';
import { events } from './testing/harness.ts';
import {
  channelId,
  guildId,
  messageId,
  noon,
  recorded,
  roleId,
  userId,
} from './testing/samples.ts';

import { createGatewayStage, typesOf } from './testing/gateway-stage.ts';

const stage = createGatewayStage();
const { open } = stage;
afterEach(stage.close);

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
    const { listener, happen } = await open([1]);
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
    const { listener, happen } = await open([1]);
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
    const { listener, happen } = await open([1, 2]);
    const watcher = await listener(1);
    await happen(events.banned(2));
    expect(typesOf(watcher)).toEqual(['workspace_member_ban', 'workspace_member_remove']);
  });

  it('keep the order of the log, also across batches', async () => {
    const { listener, happen } = await open([1]);
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
    const { listener, happen } = await open([1]);
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
    const { listener, happen, counts } = await open([1], {
      limits: { gatewayEventBytesMax: 600 },
    });
    const client = await listener(1);
    await happen(events.posted(1, 1, 'x'.repeat(600)), events.posted(2, 1, 'small'));
    expect(client.frames.map(({ d }) => d['message_id'])).toEqual([messageId(2)]);
    expect(counts['dropped channel message_create oversized_outbound']).toBe(1);
    expect(counts['emitted channel message_create']).toBe(1);
  });

  it('survive what can not be read', async () => {
    const { listener, happen, counts } = await open([1], {
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
    const { listener, gateway } = await open([1]);
    const client = await listener(1);
    const { meta } = recorded(events.joined(2));
    await gateway.dispatch([{ type: 'Undecodable', storedType: 'Odd', reason: 'unknown', meta }]);
    expect(client.frames).toEqual([]);
  });
});
