import { isRight } from 'fp-ts/lib/Either.js';
import type * as t from 'io-ts';
import { ALL_PERMISSIONS, permissionNames } from '../permission/permissions.ts';
import { specFor } from '../shared/testing/spec-for.ts';
import { channelNo, guildNo, noon, roleNo, userNo } from '../shared/testing/samples.ts';
import {
  CHANNEL_OVERRIDES_MAX,
  guildDecider,
  type GuildCommand,
  type SetChannelOverride,
} from './decider.ts';
import { type GuildEvent } from './events.ts';
import { joinRoleOf, overrideOf } from './guild.ts';

const { given } = specFor(guildDecider);
const act = { guildId: guildNo(1), by: userNo(1), at: noon };
const create: GuildCommand = {
  type: 'CreateGuild',
  data: {
    ...act,
    name: 'Reef',
    visibility: 'private',
    roleIds: {
      everyone: roleNo(1),
      member: roleNo(2),
      moderator: roleNo(3),
      workspace_owner: roleNo(4),
    },
  },
};
const decided = guildDecider.decide(create, null);
const created: readonly GuildEvent[] = isRight(decided) ? decided.right : [];
const guildAfter = (...events: readonly GuildEvent[]) =>
  [...created, ...events].reduce(guildDecider.evolve, null)!;

const createChannel = (number: number, channelsMax = 3): GuildCommand => ({
  type: 'CreateChannel',
  data: { ...act, channelId: channelNo(number), name: `room ${number}`, kind: 'text', channelsMax },
});
const channelCreated = (number: number): GuildEvent => ({
  type: 'ChannelCreated',
  data: { ...act, channelId: channelNo(number), name: `room ${number}`, kind: 'text' },
});
const override = (data: Partial<SetChannelOverride>): SetChannelOverride => ({
  ...act,
  channelId: channelNo(1),
  target: { kind: 'role', roleId: roleNo(2) },
  allow: [],
  deny: [],
  ...data,
});
const setOverride = (data: Partial<SetChannelOverride>): GuildCommand => ({
  type: 'SetChannelOverride',
  data: override(data),
});
const overrideSet = (data: Partial<SetChannelOverride>): GuildEvent => ({
  type: 'ChannelOverrideSet',
  data: override(data),
});

describe('a guild', () => {
  it('starts with four roles and no channel', () => {
    const guild = guildAfter();
    expect(guild).toMatchObject({ name: 'Reef', visibility: 'private', creatorId: userNo(1) });
    expect(guild.channels.size).toBe(0);
    expect(
      [...guild.roles.values()].map(({ name, position, isSystem, systemKey, permissions }) => [
        name,
        position,
        isSystem,
        systemKey,
        permissionNames(permissions).length,
      ]),
    ).toEqual([
      ['@everyone', 0, true, 'everyone', 2],
      ['member', 1, false, 'member', 2],
      ['moderator', 100, false, 'moderator', 10],
      ['workspace_owner', 10_000, true, 'workspace_owner', 12],
    ]);
    expect(guild.roles.get(roleNo(4))?.permissions).toBe(ALL_PERMISSIONS);
  });
  it('is created once', () =>
    given(...created)
      .when(create)
      .thenRejects({ type: 'GuildExists' }));
  it('must exist for everything else', () => {
    given()
      .when({ type: 'UpdateGuild', data: { ...act, name: 'Bay' } })
      .thenRejects({ type: 'NoSuchGuild' });
    given().when(createChannel(1)).thenRejects({ type: 'NoSuchGuild' });
    given().when(setOverride({})).thenRejects({ type: 'NoSuchGuild' });
  });
  it('tells only what really changed', () => {
    given(...created)
      .when({ type: 'UpdateGuild', data: { ...act, name: 'Reef', visibility: 'public' } })
      .thenEmits({ type: 'GuildUpdated', data: { ...act, visibility: 'public' } });
    given(...created)
      .when({ type: 'UpdateGuild', data: { ...act, name: 'Bay' } })
      .thenEmits({ type: 'GuildUpdated', data: { ...act, name: 'Bay' } });
  });
  it('ignores an update to what it is already', () =>
    given(...created)
      .when({ type: 'UpdateGuild', data: { ...act, name: 'Reef', visibility: 'private' } })
      .thenEmits());
  it('keeps the fields an update leaves out', () =>
    expect(
      guildAfter({ type: 'GuildUpdated', data: { ...act, visibility: 'public' } }),
    ).toMatchObject({ name: 'Reef', visibility: 'public' }));
});

describe('channels', () => {
  it('are created up to the limit', () => {
    given(...created, channelCreated(1), channelCreated(2))
      .when(createChannel(3))
      .thenEmits(channelCreated(3));
    given(...created, channelCreated(1), channelCreated(2), channelCreated(3))
      .when(createChannel(4))
      .thenRejects({ type: 'TooManyChannels' });
  });
});

describe('channel overrides', () => {
  const past = [...created, channelCreated(1)];
  it('are set for a role', () =>
    given(...past)
      .when(setOverride({ deny: ['create_message'] }))
      .thenEmits(overrideSet({ deny: ['create_message'] })));
  it('are replaced as a whole', () => {
    const guild = guildAfter(
      channelCreated(1),
      overrideSet({ deny: ['create_message'] }),
      overrideSet({ allow: ['ban_member'] }),
    );
    const entry = overrideOf(guild.channels.get(channelNo(1))!, override({}).target)!;
    expect([permissionNames(entry.allow), permissionNames(entry.deny)]).toEqual([
      ['ban_member'],
      [],
    ]);
  });
  it('vanish when emptied', () => {
    const target = { kind: 'member', userId: userNo(7) } as const;
    const guild = guildAfter(
      channelCreated(1),
      overrideSet({ target, deny: ['create_message'] }),
      overrideSet({ target }),
    );
    expect(guild.channels.get(channelNo(1))?.memberOverrides.size).toBe(0);
  });
  it('may not allow and deny the same', () =>
    given(...past)
      .when(setOverride({ allow: ['ban_member'], deny: ['create_message', 'ban_member'] }))
      .thenRejects({ type: 'OverrideContradicts' }));
  it('need their channel', () =>
    given(...created)
      .when(setOverride({ deny: ['create_message'] }))
      .thenRejects({ type: 'NoSuchChannel' }));
  it('that change nothing are ignored', () => {
    given(...past)
      .when(setOverride({}))
      .thenEmits();
    given(...past, overrideSet({ allow: ['ban_member', 'create_message'] }))
      .when(setOverride({ allow: ['create_message', 'ban_member', 'ban_member'] }))
      .thenEmits();
  });
  it('are bounded in number; those there can still be changed', () => {
    const full = Array.from({ length: CHANNEL_OVERRIDES_MAX }, (_, number) =>
      overrideSet({ target: { kind: 'member', userId: userNo(number) }, deny: ['ban_member'] }),
    );
    given(...past, ...full)
      .when(setOverride({ deny: ['create_message'] }))
      .thenRejects({ type: 'TooManyOverrides' });
    const change = { target: { kind: 'member', userId: userNo(0) }, allow: [] } as const;
    given(...past, ...full)
      .when(setOverride(change))
      .thenEmits(overrideSet(change));
  });
});

describe('roles', () => {
  const roleCreated = (number: number, position = number): GuildEvent => ({
    type: 'RoleCreated',
    data: {
      ...act,
      roleId: roleNo(number),
      name: `role ${number}`,
      position: position as t.Int,
      permissions: ['ban_member'],
      systemKey: null,
      isSystem: false,
      colorHex: '#AABBCC',
    },
  });
  const updated = (data: Partial<Extract<GuildEvent, { type: 'RoleUpdated' }>['data']>) =>
    ({ type: 'RoleUpdated', data: { ...act, roleId: roleNo(10), ...data } }) as const;
  const roleAfter = (...events: readonly GuildEvent[]) =>
    guildAfter(roleCreated(10), ...events).roles.get(roleNo(10));

  it('change in what is said of them and in nothing else', () => {
    const before = roleAfter();
    expect(roleAfter(updated({ name: 'Sea' }))).toEqual({ ...before, name: 'Sea' });
    expect(roleAfter(updated({ permissions: [] }))).toEqual({ ...before, permissions: 0 });
    expect(roleAfter(updated({ colorHex: null }))).toEqual({ ...before, colorHex: null });
  });
  it('get the positions of their order; others keep theirs', () => {
    const guild = guildAfter(...[10, 11, 12].map((number) => roleCreated(number)), {
      type: 'RolesReordered',
      data: { ...act, roleIds: [roleNo(12), roleNo(99), roleNo(10)] },
    });
    expect([10, 11, 12].map((number) => guild.roles.get(roleNo(number))?.position)).toEqual([
      1, 11, 3,
    ]);
  });
  it('are gone with their overrides, and as default role', () => {
    const target = { kind: 'role', roleId: roleNo(10) } as const;
    const guild = guildAfter(
      roleCreated(10),
      channelCreated(1),
      overrideSet({ target, deny: ['create_message'] }),
      overrideSet({ deny: ['create_message'] }),
      { type: 'DefaultJoinRoleSet', data: { ...act, roleId: roleNo(10) } },
      { type: 'RoleDeleted', data: { ...act, roleId: roleNo(10) } },
    );
    expect(guild.roles.has(roleNo(10))).toBe(false);
    expect([...guild.channels.get(channelNo(1))!.roleOverrides.keys()]).toEqual([roleNo(2)]);
    expect(guild.defaultJoinRoleId).toBeNull();
  });
  it('given by default are those that somebody made', () => {
    const defaultSet = (number: number): GuildEvent => ({
      type: 'DefaultJoinRoleSet',
      data: { ...act, roleId: roleNo(number) },
    });
    expect(joinRoleOf(guildAfter(roleCreated(10), defaultSet(10)))).toBe(roleNo(10));
    for (const none of [1, 2, 99])
      expect(joinRoleOf(guildAfter(roleCreated(10), defaultSet(none)))).toBeNull();
  });
  it('that are gone are not brought back by what is said of them', () => {
    const guild = guildAfter(updated({ name: 'Sea' }), {
      type: 'RolesReordered',
      data: { ...act, roleIds: [roleNo(10)] },
    });
    expect(guild.roles.size).toBe(4);
  });
});
