import { left, right, type Either } from 'fp-ts/lib/Either.js';
import { permissionNames, permissionsOf, type PermissionName } from '../permission/permissions.ts';
import { type Decider } from '../shared/decider.ts';
import { type ChannelId, type GuildId, type UserId } from '../shared/ids.ts';
import { type Timestamp } from '../shared/timestamp.ts';
import {
  type ChannelKind,
  type FixedRole,
  type GuildEvent,
  type OverrideTarget,
  type Visibility,
} from './events.ts';
import { evolveGuild, overrideOf, type Channel, type Guild } from './guild.ts';
import { decideRole, type RoleCommand, type RoleRejection } from './role-decisions.ts';
import { seedRoles, type SeededRoleIds } from './seeded-roles.ts';

/** Entries of one channel, roles and members together: each is looked at in every check of a permission. */
export const CHANNEL_OVERRIDES_MAX = 500;

type Act = { readonly guildId: GuildId; readonly by: UserId; readonly at: Timestamp };

type CreateGuild = Act & {
  readonly name: string;
  readonly visibility: Visibility;
  readonly roleIds: SeededRoleIds;
};
type UpdateGuild = Act & {
  readonly name?: string | undefined;
  readonly visibility?: Visibility | undefined;
};
type CreateChannel = Act & {
  readonly channelId: ChannelId;
  readonly name: string;
  readonly kind: ChannelKind;
  readonly channelsMax: number;
};
type RemoveChannel = Act & { readonly channelId: ChannelId };
export type SetChannelOverride = Act & {
  readonly channelId: ChannelId;
  readonly target: OverrideTarget;
  readonly allow: readonly PermissionName[];
  readonly deny: readonly PermissionName[];
  readonly fixedRole?: FixedRole; // When the seeded role was named by it
};

export type GuildCommand =
  | { readonly type: 'CreateGuild'; readonly data: CreateGuild }
  | { readonly type: 'UpdateGuild'; readonly data: UpdateGuild }
  | { readonly type: 'CreateChannel'; readonly data: CreateChannel }
  | { readonly type: 'RemoveChannel'; readonly data: RemoveChannel }
  | { readonly type: 'SetChannelOverride'; readonly data: SetChannelOverride }
  | RoleCommand;

export type GuildRejection =
  | {
      readonly type:
        | 'GuildExists'
        | 'NoSuchGuild'
        | 'NoSuchChannel'
        | 'TooManyChannels'
        | 'OverrideContradicts'
        | 'TooManyOverrides';
    }
  | RoleRejection;

type Decision = Either<GuildRejection, readonly GuildEvent[]>;

const createGuild = (command: CreateGuild): Decision => {
  const { guildId, name, visibility, roleIds, by, at } = command;
  return right([
    { type: 'GuildCreated', data: { guildId, name, visibility, creatorId: by, at } },
    ...seedRoles({ guildId, roleIds, by, at }),
  ]);
};

const updateGuild = (command: UpdateGuild, guild: Guild): Decision => {
  const { guildId, by, at } = command;
  const name = command.name === guild.name ? undefined : command.name;
  const visibility = command.visibility === guild.visibility ? undefined : command.visibility;
  if (name === undefined && visibility === undefined) return right([]); // Already as asked.
  const changed = { ...(name !== undefined && { name }), ...(visibility && { visibility }) };
  return right([{ type: 'GuildUpdated', data: { guildId, by, at, ...changed } }]);
};

const createChannel = (command: CreateChannel, guild: Guild): Decision => {
  const { channelsMax, ...data } = command;
  if (guild.channels.size >= channelsMax) return left({ type: 'TooManyChannels' });
  return right([{ type: 'ChannelCreated', data }]);
};

const overridesOf = ({ roleOverrides, memberOverrides }: Channel): number =>
  roleOverrides.size + memberOverrides.size;

const setChannelOverride = (data: SetChannelOverride, guild: Guild): Decision => {
  const channel = guild.channels.get(data.channelId);
  if (channel === undefined) return left({ type: 'NoSuchChannel' });
  const allow = permissionsOf(data.allow);
  const deny = permissionsOf(data.deny);
  if ((allow & deny) !== 0) return left({ type: 'OverrideContradicts' });
  const current = overrideOf(channel, data.target);
  if (allow === (current?.allow ?? 0) && deny === (current?.deny ?? 0)) return right([]);
  if (current === undefined && overridesOf(channel) >= CHANNEL_OVERRIDES_MAX)
    return left({ type: 'TooManyOverrides' });
  const names = { allow: permissionNames(allow), deny: permissionNames(deny) };
  return right([{ type: 'ChannelOverrideSet', data: { ...data, ...names } }]);
};

const decide = (command: GuildCommand, guild: Guild | null): Decision => {
  const { type, data } = command;
  if (type === 'CreateGuild')
    return guild === null ? createGuild(data) : left({ type: 'GuildExists' });
  if (guild === null) return left({ type: 'NoSuchGuild' });
  switch (type) {
    case 'UpdateGuild':
      return updateGuild(data, guild);
    case 'CreateChannel':
      return createChannel(data, guild);
    case 'SetChannelOverride':
      return setChannelOverride(data, guild);
    case 'RemoveChannel':
      return guild.channels.has(data.channelId)
        ? right([{ type: 'ChannelRemoved', data }])
        : left({ type: 'NoSuchChannel' });
    case 'CreateRole':
    case 'UpdateRole':
    case 'DeleteRole':
    case 'RestoreRole':
    case 'ReorderRoles':
    case 'SetDefaultJoinRole':
      return decideRole(command, guild);
  }
};

export const guildDecider: Decider<GuildCommand, Guild | null, GuildEvent, GuildRejection> = {
  initialState: null,
  decide,
  evolve: evolveGuild,
};
