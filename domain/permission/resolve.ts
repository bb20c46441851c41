// The one function that decides authorization (invariant I7; base contract 5.3.3 and 5.3.4).
import { left, right, type Either } from 'fp-ts/lib/Either.js';
import { type Channel, type Guild } from '../guild/guild.ts';
import { isTimedOutAt, type Membership } from '../membership/membership.ts';
import { type ChannelId, type UserId } from '../shared/ids.ts';
import { type Timestamp } from '../shared/timestamp.ts';
import { ALL_PERMISSIONS, permissionsOf, type Permissions } from './permissions.ts';

export type Resolved = {
  readonly role: 'owner' | 'moderator' | 'member'; // The fixed role shown to clients
  readonly permissions: Permissions;
  readonly highestPosition: number; // Of the roles held; what hierarchy checks compare
  readonly isTimedOut: boolean; // Sees what they saw, and may do nothing there
};

export type Asker = {
  readonly userId: UserId;
  readonly membership: Membership;
  readonly isServerOwner: boolean;
  readonly at: Timestamp; // When: a timeout ends by itself
};

export type ResolveRejection = { readonly type: 'NotAMember' } | { readonly type: 'NoSuchChannel' };

// Made once: refusals are as frequent as hostile clients want them to be.
const NOT_A_MEMBER: Either<ResolveRejection, never> = left({ type: 'NotAMember' });
const NO_SUCH_CHANNEL: Either<ResolveRejection, never> = left({ type: 'NoSuchChannel' });

// All that a timeout leaves: `create_message` is also what lets somebody see a channel (base contract 5.3.1).
const LOOKING_ON = permissionsOf(['create_message']);

/** The server owner stands in every guild as if holding its `workspace_owner` role. */
const asServerOwner = (guild: Guild): Resolved => {
  let highestPosition = 0;
  for (const { systemKey, position } of guild.roles.values())
    if (systemKey === 'workspace_owner' && position > highestPosition) highestPosition = position;
  return { role: 'owner', permissions: ALL_PERMISSIONS, highestPosition, isTimedOut: false };
};

/**
 * One pass over the guild's roles collects the permissions and, if a channel is given, the overrides that apply. Going
 * over the guild's roles rather than the member's ids makes ids of roles that are gone drop out by themselves. Runs per
 * socket on every fan-out, hence the loop over plain bits: only the result is allocated.
 */
const asMember = (
  guild: Guild,
  { userId, membership, at }: Asker,
  channel: Channel | null,
): Either<ResolveRejection, Resolved> => {
  const { roleIds } = membership;
  let [bits, everyoneAllow, everyoneDeny, roleAllow, roleDeny, highestPosition] = [
    0, 0, 0, 0, 0, 0,
  ];
  let isOwner = false;
  let isModerator = false;
  for (const { roleId, systemKey, position, permissions } of guild.roles.values()) {
    // Seeded roles are known by their key only: a role that merely bears their name gives nobody anything.
    if (systemKey !== 'everyone' && systemKey !== 'member' && !roleIds.has(roleId)) continue;
    if (position > highestPosition) highestPosition = position;
    if (systemKey === 'workspace_owner') isOwner = true;
    if (systemKey === 'moderator') isModerator = true;
    bits |= permissions;
    const override = channel?.roleOverrides.get(roleId);
    if (override === undefined) continue;
    if (systemKey === 'everyone') {
      everyoneAllow |= override.allow;
      everyoneDeny |= override.deny;
    } else {
      roleAllow |= override.allow;
      roleDeny |= override.deny;
    }
  }
  if (isOwner)
    return right({
      role: 'owner',
      permissions: ALL_PERMISSIONS,
      highestPosition,
      isTimedOut: false, // Nobody may time out an owner, so one who was before has it behind them.
    });
  // Denying last makes deny win inside a layer; a later layer wins over an earlier one.
  bits = (bits | everyoneAllow) & ~everyoneDeny;
  bits = (bits | roleAllow) & ~roleDeny;
  const own = channel?.memberOverrides.get(userId);
  if (own !== undefined) bits = (bits | own.allow) & ~own.deny;
  const isTimedOut = isTimedOutAt(membership, at);
  return right({
    role: isModerator ? 'moderator' : 'member',
    // Whatever stands in the log, no bit without a name gets out.
    permissions: (bits & (isTimedOut ? LOOKING_ON : ALL_PERMISSIONS)) as Permissions,
    highestPosition,
    isTimedOut,
  });
};

/** What a person may do at guild level. `NotAMember` for outsiders and banned people. */
export const resolveInGuild = (guild: Guild, asker: Asker): Either<ResolveRejection, Resolved> => {
  if (asker.isServerOwner) return right(asServerOwner(guild));
  if (asker.membership.standing !== 'member') return NOT_A_MEMBER;
  return asMember(guild, asker, null);
};

/**
 * What a person may do in a channel: the guild level with the channel's overrides applied. An outsider gets `NotAMember`
 * whether or not the channel exists, so the answer tells nothing about the guild.
 */
export const resolveInChannel = (
  guild: Guild,
  channelId: ChannelId,
  asker: Asker,
): Either<ResolveRejection, Resolved> => {
  if (!asker.isServerOwner && asker.membership.standing !== 'member') return NOT_A_MEMBER;
  const channel = guild.channels.get(channelId);
  if (channel === undefined) return NO_SUCH_CHANNEL;
  return asker.isServerOwner ? right(asServerOwner(guild)) : asMember(guild, asker, channel);
};
