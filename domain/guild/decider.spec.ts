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
import { ROLES_PER_GUILD_MAX } from './role-decisions.ts';

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

describe('commands on roles', () => {
  const data = {
    ...act,
    roleId: roleNo(10),
    name: 'Sea',
    position: 7,
    permissions: ['ban_member', 'manage_roles', 'ban_member'] as const,
    colorHex: null,
  };
  const create = (number: number): GuildCommand => ({
    type: 'CreateRole',
    data: { ...data, roleId: roleNo(number) },
  });
  const createdRole = (number: number, position = 7): GuildEvent => ({
    type: 'RoleCreated',
    data: {
      ...data,
      roleId: roleNo(number),
      position: position as t.Int,
      permissions: ['manage_roles', 'ban_member'],
      systemKey: null,
      isSystem: false,
    },
  });
  const update = (change: object, number = 10): GuildCommand => ({
    type: 'UpdateRole',
    data: { ...act, roleId: roleNo(number), ...change },
  });
  const remove = (number: number): GuildCommand => ({
    type: 'DeleteRole',
    data: { ...act, roleId: roleNo(number) },
  });
  const reorder = (...numbers: readonly number[]): GuildCommand => ({
    type: 'ReorderRoles',
    data: { ...act, roleIds: numbers.map(roleNo) },
  });
  const setDefault = (number: number | null): GuildCommand => ({
    type: 'SetDefaultJoinRole',
    data: { ...act, roleId: number === null ? null : roleNo(number) },
  });
  const past = [...created, createdRole(10), createdRole(11, 8)];

  it('make roles up to the limit, each permission named once', () => {
    const more = Array.from({ length: ROLES_PER_GUILD_MAX - 5 }, (_, i) => createdRole(10 + i));
    given(...created, ...more)
      .when(create(90))
      .thenEmits(createdRole(90));
    given(...created, ...more, createdRole(90))
      .when(create(91))
      .thenRejects({ type: 'TooManyRoles' });
  });
  it('change only what is different', () => {
    const same = { name: 'Sea', permissions: ['ban_member', 'manage_roles'], colorHex: null };
    given(...past)
      .when(update(same))
      .thenEmits();
    given(...past)
      .when(update({ ...same, colorHex: '#AABBCC' }))
      .thenEmits({
        type: 'RoleUpdated',
        data: { ...act, roleId: roleNo(10), colorHex: '#AABBCC' },
      });
    given(...past)
      .when(update(same, 99))
      .thenRejects({ type: 'NoSuchRole' });
  });
  it('leave seeded roles their names', () => {
    for (const number of [1, 2, 3, 4])
      given(...past)
        .when(update({ name: 'Sea' }, number))
        .thenRejects({ type: 'SeededRole' });
    given(...past)
      .when(update({ name: 'moderator', permissions: [] }, 3))
      .thenEmits({ type: 'RoleUpdated', data: { ...act, roleId: roleNo(3), permissions: [] } });
  });
  it('delete what somebody made, and no seeded role', () => {
    given(...past)
      .when(remove(10))
      .thenEmits({ type: 'RoleDeleted', data: { ...act, roleId: roleNo(10) } });
    for (const number of [1, 2, 3, 4])
      given(...past)
        .when(remove(number))
        .thenRejects({ type: 'SeededRole' });
    given(...past)
      .when(remove(99))
      .thenRejects({ type: 'NoSuchRole' });
  });
  it('reorder known roles that are no system roles, each once', () => {
    const roleIds = [roleNo(10), roleNo(2), roleNo(11)];
    const reordered: GuildEvent = { type: 'RolesReordered', data: { ...act, roleIds } };
    given(...past)
      .when(reorder(10, 2, 11))
      .thenEmits(reordered);
    given(...past, reordered)
      .when(reorder(10, 2, 11))
      .thenEmits();
    given(...past)
      .when(reorder(10, 10))
      .thenRejects({ type: 'RoleListedTwice' });
    given(...past)
      .when(reorder(10, 99))
      .thenRejects({ type: 'NoSuchRole' });
    for (const system of [1, 4])
      given(...past)
        .when(reorder(10, system))
        .thenRejects({ type: 'SystemRole' });
  });
  it('set the default role to one that is there and no system role, or to none', () => {
    const defaultSet = (number: number | null): GuildEvent => ({
      type: 'DefaultJoinRoleSet',
      data: { ...act, roleId: number === null ? null : roleNo(number) },
    });
    given(...past)
      .when(setDefault(10))
      .thenEmits(defaultSet(10));
    given(...past, defaultSet(10))
      .when(setDefault(10))
      .thenEmits();
    given(...past, defaultSet(10))
      .when(setDefault(null))
      .thenEmits(defaultSet(null));
    given(...past)
      .when(setDefault(null))
      .thenEmits();
    given(...past)
      .when(setDefault(99))
      .thenRejects({ type: 'NoSuchRole' });
    given(...past)
      .when(setDefault(1))
      .thenRejects({ type: 'SystemRole' });
  });
});
