// The state of a guild's structure, as folded from its events: what authorization and commands look at.
import { permissionsOf, type Permissions } from '../permission/permissions.ts';
import { type ChannelId, type GuildId, type RoleId, type UserId } from '../shared/ids.ts';
import { type Sealed } from '../shared/sealed.ts';
import { type Timestamp } from '../shared/timestamp.ts';
import {
  type ChannelKind,
  type GuildEvent,
  type OverrideTarget,
  type Visibility,
} from './events.ts';
import { evolveRoles, type Roles } from './role.ts';

/** What a channel allows and denies one role or one member. */
export type Override = { readonly allow: Permissions; readonly deny: Permissions };

export type Channel = {
  readonly channelId: ChannelId;
  readonly name: Sealed;
  readonly kind: ChannelKind;
  readonly createdAt: Timestamp;
  readonly roleOverrides: ReadonlyMap<RoleId, Override>;
  readonly memberOverrides: ReadonlyMap<UserId, Override>;
};

export type Guild = {
  readonly guildId: GuildId;
  readonly name: Sealed;
  readonly visibility: Visibility;
  readonly creatorId: UserId;
  readonly createdAt: Timestamp;
  readonly roles: Roles;
  readonly channels: ReadonlyMap<ChannelId, Channel>;
  readonly defaultJoinRoleId: RoleId | null;
};

/** The role new members get besides the implied ones; silently none once it is gone (base contract 5.4). */
export const joinRoleOf = ({ defaultJoinRoleId, roles }: Guild): RoleId | null => {
  const role = defaultJoinRoleId === null ? undefined : roles.get(defaultJoinRoleId);
  // Every member has `member` without being given it.
  return role === undefined || role.isSystem || role.systemKey === 'member' ? null : role.roleId;
};

/** What a channel allows and denies a target, or undefined where it says nothing about it. */
export const overrideOf = (channel: Channel, target: OverrideTarget): Override | undefined =>
  target.kind === 'role'
    ? channel.roleOverrides.get(target.roleId)
    : channel.memberOverrides.get(target.userId);

const replaced = <Key>(
  overrides: ReadonlyMap<Key, Override>,
  key: Key,
  override: Override,
): ReadonlyMap<Key, Override> => {
  const next = new Map(overrides);
  // An entry that says nothing is no entry, so that clearing overrides leaves nothing behind.
  if ((override.allow | override.deny) === 0) next.delete(key);
  else next.set(key, override);
  return next;
};

const withOverride = (channel: Channel, target: OverrideTarget, override: Override): Channel =>
  target.kind === 'role'
    ? { ...channel, roleOverrides: replaced(channel.roleOverrides, target.roleId, override) }
    : { ...channel, memberOverrides: replaced(channel.memberOverrides, target.userId, override) };

/** Without a role that is gone: nobody finds its overrides any more, but they would count and be listed. */
const forgettingRole = (guild: Guild, roleId: RoleId): Guild => ({
  ...guild,
  defaultJoinRoleId: guild.defaultJoinRoleId === roleId ? null : guild.defaultJoinRoleId,
  channels: new Map(
    [...guild.channels].map(([channelId, channel]) => {
      if (!channel.roleOverrides.has(roleId)) return [channelId, channel];
      const roleOverrides = new Map(channel.roleOverrides);
      roleOverrides.delete(roleId);
      return [channelId, { ...channel, roleOverrides }];
    }),
  ),
});

const evolveExisting = (guild: Guild, event: GuildEvent): Guild => {
  switch (event.type) {
    case 'GuildCreated':
      return guild; // A guild is created once.
    case 'GuildUpdated': {
      const { name = guild.name, visibility = guild.visibility } = event.data;
      return { ...guild, name, visibility };
    }
    case 'RoleCreated':
    case 'RoleUpdated':
    case 'RoleRestored':
    case 'RolesReordered':
      return { ...guild, roles: evolveRoles(guild.roles, event) };
    case 'RoleDeleted':
      return forgettingRole(
        { ...guild, roles: evolveRoles(guild.roles, event) },
        event.data.roleId,
      );
    case 'DefaultJoinRoleSet':
      return { ...guild, defaultJoinRoleId: event.data.roleId };
    case 'ChannelCreated': {
      const { channelId, name, kind, at } = event.data;
      const channel: Channel = {
        channelId,
        name,
        kind,
        createdAt: at,
        roleOverrides: new Map(),
        memberOverrides: new Map(),
      };
      return { ...guild, channels: new Map(guild.channels).set(channelId, channel) };
    }
    case 'ChannelRemoved': {
      const channels = new Map(guild.channels);
      channels.delete(event.data.channelId);
      return { ...guild, channels };
    }
    case 'ChannelOverrideSet': {
      const { channelId, target, allow, deny } = event.data;
      const channel = guild.channels.get(channelId);
      if (channel === undefined) return guild;
      const override = { allow: permissionsOf(allow), deny: permissionsOf(deny) };
      const changed = withOverride(channel, target, override);
      return { ...guild, channels: new Map(guild.channels).set(channelId, changed) };
    }
  }
};

/** Folds an event into a guild; null until it is created. Total: events out of place change nothing. */
export const evolveGuild = (guild: Guild | null, event: GuildEvent): Guild | null => {
  if (guild !== null) return evolveExisting(guild, event);
  if (event.type !== 'GuildCreated') return null;
  const { guildId, name, visibility, creatorId, at } = event.data;
  return {
    guildId,
    name,
    visibility,
    creatorId,
    createdAt: at,
    roles: new Map(),
    channels: new Map(),
    defaultJoinRoleId: null,
  };
};
