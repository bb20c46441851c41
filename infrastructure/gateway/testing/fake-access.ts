// A small GuildAccess folded from events, with its own simple rule: members may do what their roles hold, which is posting
// for everyone and managing overrides for MANAGER unless an update of the role says otherwise; and overrides of the channel
// for everyone, a role or the member (in this order) say whether they post after all.
import { left, right, type Either } from 'fp-ts/lib/Either.js';
import { type GuildAccess } from '../../../application/access/guild-access.ts';
import { type DomainEvent } from '../../../application/event-store/event-catalogue.ts';
import { FORBIDDEN, NOT_FOUND, type Failure } from '../../../application/failure.ts';
import {
  hasPermission,
  permissionsOf,
  type PermissionName,
} from '../../../domain/permission/permissions.ts';
import { type Resolved } from '../../../domain/permission/resolve.ts';
import { type ChannelId, type GuildId, type UserId } from '../../../domain/shared/ids.ts';
import { EVERYONE, roleId } from './samples.ts';

export const MANAGER = roleId(9);

type Say = { readonly allow: readonly string[]; readonly deny: readonly string[] };
type FakeChannel = { readonly guildId: GuildId; readonly says: Map<string, Say> };

export const createFakeAccess = ({
  isCached = () => true,
}: { readonly isCached?: () => boolean } = {}) => {
  const channels = new Map<ChannelId, FakeChannel>();
  const members = new Map<string, Set<string>>(); // `guild user` → roles
  const held = new Map<string, readonly PermissionName[]>([
    [EVERYONE, ['create_message']],
    [MANAGER, ['manage_channel_overrides']],
  ]);
  const gone = new Set<string>(); // Roles

  const evolve = ({ type, data }: DomainEvent) => {
    if (type === 'ChannelCreated' && !channels.has(data.channelId))
      channels.set(data.channelId, { guildId: data.guildId, says: new Map() });
    if (type === 'ChannelOverrideSet') {
      const { target, allow, deny } = data;
      const id = target.kind === 'role' ? target.roleId : target.userId;
      channels.get(data.channelId)?.says.set(id, { allow, deny });
    }
    if (type === 'ChannelRemoved') channels.delete(data.channelId);
    if (type === 'MemberRestored')
      members.set(`${data.guildId} ${data.userId}`, new Set(data.roleIds));
    if (type === 'MemberJoined') members.set(`${data.guildId} ${data.userId}`, new Set());
    if (type === 'MemberLeft' || type === 'MemberKicked' || type === 'MemberBanned')
      members.delete(`${data.guildId} ${data.userId}`);
    if (type === 'MemberRoleAssigned')
      members.get(`${data.guildId} ${data.userId}`)?.add(data.roleId);
    if (type === 'MemberRoleUnassigned')
      members.get(`${data.guildId} ${data.userId}`)?.delete(data.roleId);
    if (type === 'MemberFixedRoleSet') {
      const roles = members.get(`${data.guildId} ${data.userId}`);
      if (data.role === 'moderator') roles?.add(data.roleId);
      else roles?.delete(data.roleId);
    }
    if (type === 'RoleUpdated' && data.permissions) held.set(data.roleId, data.permissions);
    if (type === 'RoleRestored') {
      held.set(data.roleId, data.permissions);
      gone.delete(data.roleId);
    }
    if (type === 'RoleDeleted') gone.add(data.roleId);
  };

  const resolve = (
    user: UserId,
    guild: GuildId,
    channelId: ChannelId,
  ): Either<Failure, Resolved> => {
    const channel = channels.get(channelId);
    const roles = members.get(`${guild} ${user}`);
    if (channel?.guildId !== guild) return left(NOT_FOUND);
    if (roles === undefined) return left(FORBIDDEN);
    const given = [...roles].filter((role) => !gone.has(role));
    const names = new Set([EVERYONE, ...given].flatMap((role) => held.get(role) ?? []));
    const apply = (says: readonly Say[]) => {
      const denied = says.some(({ deny }) => deny.includes('create_message'));
      const allowed = says.some(({ allow }) => allow.includes('create_message'));
      if (denied) names.delete('create_message');
      else if (allowed) names.add('create_message');
    };
    const saysOf = (ids: Iterable<string>) => [...ids].flatMap((id) => channel.says.get(id) ?? []);
    apply(saysOf([EVERYONE]));
    apply(saysOf(given));
    apply(saysOf([user]));
    return right({
      role: 'member',
      permissions: permissionsOf(names),
      highestPosition: 1,
      isTimedOut: false,
    });
  };
  const inChannel: GuildAccess['inChannel'] = (user, guild, channel) =>
    Promise.resolve(resolve(user, guild, channel));
  const notAsked = () => Promise.reject(new Error('The gateway does not ask this.'));

  const access: GuildAccess = {
    guild: notAsked,
    membership: notAsked,
    inGuild: notAsked,
    requireInGuild: notAsked,
    requireActor: notAsked,
    requireToWrite: notAsked,
    visibleChannels: notAsked,
    inChannel,
    requireInChannel: async (user, guild, channel, permission) => {
      const resolved = await inChannel(user, guild, channel);
      if (resolved._tag === 'Left') return resolved;
      return hasPermission(resolved.right.permissions, permission) ? resolved : left(FORBIDDEN);
    },
    inChannelIfCached: (user, guild, channel) =>
      isCached() ? resolve(user, guild, channel) : null,
    apply: (events) => {
      for (const event of events) if (event.type !== 'Undecodable') evolve(event);
    },
  };
  return access;
};
