// Guilds for the specs of permissions: the one every guild starts as, and random, also impossible, ones.
import * as fc from 'fast-check';
import { type SystemKey } from '../../guild/events.ts';
import { type Channel, type Guild, type Override } from '../../guild/guild.ts';
import { type Role } from '../../guild/role.ts';
import { type Membership } from '../../membership/membership.ts';
import { type ChannelId, type GuildId, type RoleId, type UserId } from '../../shared/ids.ts';
import { type Timestamp } from '../../shared/timestamp.ts';
import {
  ALL_PERMISSIONS,
  permissionsOf,
  without,
  type PermissionName,
  type Permissions,
} from '../permissions.ts';
import { type Asker } from '../resolve.ts';

const noon = 1_700_000_000_000 as Timestamp;

/** The id of a person, role or channel of the samples by number. */
export const idNumbered = <Id extends string>(number: number) =>
  `01J0000000000000000000${String(number).padStart(4, '0')}` as Id;

export const sampleRole = (
  number: number,
  position: number,
  permissions: Permissions,
  systemKey: SystemKey = null,
): Role => ({
  roleId: idNumbered<RoleId>(number),
  name: 'A role',
  position,
  permissions,
  systemKey,
  isSystem: systemKey === 'everyone' || systemKey === 'workspace_owner',
  colorHex: null,
  createdAt: noon,
});

const chatting = permissionsOf(['create_message', 'subscribe_streams']);

export const everyone = sampleRole(1, 0, chatting, 'everyone');
export const member = sampleRole(2, 1, chatting, 'member');
export const moderator = sampleRole(
  3,
  100,
  without(ALL_PERMISSIONS, permissionsOf(['manage_roles', 'manage_workspace_roles'])),
  'moderator',
);
export const workspaceOwner = sampleRole(4, 10_000, ALL_PERMISSIONS, 'workspace_owner');

export const overrideOf = (
  allow: readonly PermissionName[],
  deny: readonly PermissionName[],
): Override => ({ allow: permissionsOf(allow), deny: permissionsOf(deny) });

export const sampleChannel = (
  number: number,
  roleOverrides: readonly (readonly [RoleId, Override])[] = [],
  memberOverrides: readonly (readonly [UserId, Override])[] = [],
): Channel => ({
  channelId: idNumbered<ChannelId>(number),
  name: 'A channel',
  kind: 'text',
  createdAt: noon,
  roleOverrides: new Map(roleOverrides),
  memberOverrides: new Map(memberOverrides),
});

export const guildWith = (roles: readonly Role[], channels: readonly Channel[] = []): Guild => ({
  guildId: idNumbered<GuildId>(1),
  name: 'A guild',
  visibility: 'private',
  creatorId: idNumbered<UserId>(1),
  createdAt: noon,
  roles: new Map(roles.map((role) => [role.roleId, role])),
  channels: new Map(channels.map((channel) => [channel.channelId, channel])),
  defaultJoinRoleId: null,
});

/** A guild with the four seeded roles and these. */
export const seededGuild = (custom: readonly Role[] = [], channels: readonly Channel[] = []) =>
  guildWith([everyone, member, moderator, workspaceOwner, ...custom], channels);

export const askerWith = (
  roles: readonly Role[],
  standing: Membership['standing'] = 'member',
  isServerOwner = false,
): Asker => ({
  userId: idNumbered<UserId>(7),
  membership: {
    standing,
    roleIds: new Set(roles.map((role) => role.roleId)),
    joinedAt: noon,
    timedOutUntil: null,
  },
  isServerOwner,
  at: noon,
});

const permissions = fc.integer({ min: 0, max: ALL_PERMISSIONS }).map((bits) => bits as Permissions);
const override = fc.record({ allow: permissions, deny: permissions });

// Few numbers, so that ids meet: 0 to 11 roles of which 0 to 9 exist, hence also dangling ids.
const roleId = fc.nat({ max: 11 }).map((number) => idNumbered<RoleId>(number));
const userId = fc.integer({ min: 6, max: 8 }).map((number) => idNumbered<UserId>(number));
const position = fc.oneof(fc.constantFrom(0, 1, 100, 10_000), fc.integer({ min: -3, max: 12_000 }));
const systemKey = fc.constantFrom<SystemKey[]>(
  null,
  null,
  null,
  'everyone',
  'member',
  'moderator',
  'workspace_owner',
);

const roles = fc
  .array(fc.tuple(position, permissions, systemKey), { maxLength: 10 })
  .map((drawn) => drawn.map(([at, holds, key], number) => sampleRole(number, at, holds, key)));
const channel = fc
  .tuple(
    fc.array(fc.tuple(roleId, override), { maxLength: 6 }),
    fc.array(fc.tuple(userId, override), { maxLength: 2 }),
  )
  .map(([ofRoles, ofMembers]) => sampleChannel(1, ofRoles, ofMembers));

/** Any guild, also without or with two of a seeded role, with equal positions and with ids of roles that are gone. */
export const anyGuild: fc.Arbitrary<Guild> = fc
  .tuple(roles, fc.array(channel, { maxLength: 1 }))
  .map(([drawn, channels]) => guildWith(drawn, channels));

/** Mostly members, also outsiders, the banned and the server owner. */
export const anyAsker: fc.Arbitrary<Asker> = fc.record({
  userId,
  membership: fc.record({
    standing: fc.constantFrom<Membership['standing'][]>(
      'member',
      'member',
      'member',
      'banned',
      'outside',
    ),
    roleIds: fc.array(roleId, { maxLength: 5 }).map((ids) => new Set(ids)),
    joinedAt: fc.constant(noon),
    timedOutUntil: fc.constantFrom(null, null, noon, (noon + 1) as Timestamp),
  }),
  at: fc.constant(noon),
  isServerOwner: fc.nat({ max: 9 }).map((drawn) => drawn === 0),
});
