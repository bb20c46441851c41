import { isRight } from 'fp-ts/lib/Either.js';
import type * as t from 'io-ts';
import { ServerFrame } from '../../application/contract/gateway-frames.ts';
import { type DomainEvent } from '../../application/event-store/event-catalogue.ts';
import { createFakeAccess } from './testing/fake-access.ts';
import { events } from './testing/harness.ts';
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

import { createGatewayStage, turn, typesOf, where } from './testing/gateway-stage.ts';

const stage = createGatewayStage();
const { open } = stage;
afterEach(stage.close);

describe('revocation', () => {
  it('tells the removed person first, then nothing more, and the others all of it', async () => {
    const { listener, happen } = await open([1, 2]);
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
    const { listener, subscribe, happen } = await open([1, 2]);
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
    const { listener, happen } = await open([1, 2]);
    const client = await listener(2);
    await happen(everyoneHolds([]), events.posted(1, 1, 'secret'));
    expect(typesOf(client)).toEqual(['workspace_role_update', 'unsubscribed']);
  });

  it('drops the subscriptions that hang on a role when it is deleted', async () => {
    const { listener, happen } = await open([1, 2]);
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
    const { listener, happen } = await open([1]);
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
    const { listener, happen } = await open([1, 2]);
    const client = await listener(1);
    await happen(
      { type: 'ChannelRemoved', data: { ...role, channelId: channelId(1) } },
      events.posted(2, 1, 'said to nobody'),
    );
    expect(typesOf(client)).toEqual(['channel_delete', 'unsubscribed']);
    expect(isRight(ServerFrame.decode(client.frames[0]))).toBe(true);
  });

  it('drops the subscriptions that a fixed role taken away takes along', async () => {
    const { listener, happen } = await open([1, 2]);
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
    const { listener, happen } = await open([1, 2], { access });
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
    const { listener, happen } = await open([1], { access: failing });
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
    const { listener, gateway, happen } = await open([1], { access: failing });
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
    const { listener, subscribe, happen } = await open([1, 2]);
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
    const { connect, happen, counts } = await open([1]);
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
    const { connect, happen } = await open([1]);
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
