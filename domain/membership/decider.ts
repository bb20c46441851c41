import { left, right, type Either } from 'fp-ts/lib/Either.js';
import { type Decider } from '../shared/decider.ts';
import { type GuildId, type RoleId, type UserId } from '../shared/ids.ts';
import { type Timestamp } from '../shared/timestamp.ts';
import { type JoinCause, type MembershipEvent } from './events.ts';
import { isTimedOutAt, OUTSIDER, type Membership } from './membership.ts';

/** Assigned roles of one member (base contract 5.3.2). */
export const ROLES_PER_MEMBER_MAX = 16;

/** 28 days: who should be silent for longer should rather not be there. */
export const TIMEOUT_MS_MAX = 28 * 24 * 60 * 60 * 1000;

/** Who is meant (`userId`) and who did it (`by`). */
type MembershipAct = {
  readonly guildId: GuildId;
  readonly userId: UserId;
  readonly by: UserId;
  readonly at: Timestamp;
};
/** A role given along with membership: the creator's `workspace_owner`, the guild's default role; null for none. */
type Join = MembershipAct & { readonly cause: JoinCause; readonly roleId: RoleId | null };
type RoleAct = MembershipAct & { readonly roleId: RoleId };
/** With the roles that there are: ids of deleted ones stay with their members, and count no more. */
type RoleGift = RoleAct & { readonly existing: ReadonlyMap<RoleId, unknown> };
type SetFixedRole = RoleGift & { readonly role: 'moderator' | 'member' };
type Reasoned = MembershipAct & { readonly reason?: string | undefined };
type Ban = Reasoned & {
  /** Of a ban that is put back: who set it then, and when. */
  readonly original?: { readonly by: UserId; readonly at: Timestamp } | undefined;
};
type Restore = MembershipAct & {
  readonly joinedAt: Timestamp;
  readonly roleIds: readonly RoleId[];
};
type TimeOut = Reasoned & { readonly until: Timestamp };

export type MembershipCommand =
  | { readonly type: 'Join'; readonly data: Join }
  | { readonly type: 'Leave'; readonly data: MembershipAct & { readonly erased?: true } }
  | { readonly type: 'Unban'; readonly data: MembershipAct }
  | { readonly type: 'Kick' | 'LiftTimeout'; readonly data: Reasoned }
  | { readonly type: 'Ban'; readonly data: Ban }
  | { readonly type: 'Restore'; readonly data: Restore }
  | { readonly type: 'AssignRole'; readonly data: RoleGift }
  | { readonly type: 'UnassignRole'; readonly data: RoleAct }
  | { readonly type: 'SetFixedRole'; readonly data: SetFixedRole }
  | { readonly type: 'TimeOut'; readonly data: TimeOut };

export type MembershipRejection = {
  readonly type: 'Banned' | 'NotAMember' | 'TooManyMemberRoles' | 'TimeoutOutOfBounds';
};

type Decision = Either<MembershipRejection, readonly MembershipEvent[]>;

const NOTHING: Decision = right([]); // Already as asked.
const NOT_A_MEMBER: Decision = left({ type: 'NotAMember' });

const join = ({ cause, roleId, ...who }: Join, { standing }: Membership): Decision => {
  if (standing === 'banned') return left({ type: 'Banned' });
  if (standing === 'member') return NOTHING;
  const joined: MembershipEvent = { type: 'MemberJoined', data: { ...who, cause } };
  if (roleId === null) return right([joined]);
  return right([joined, { type: 'MemberRoleAssigned', data: { ...who, roleId, onJoining: true } }]);
};

const isFull = ({ existing }: RoleGift, { roleIds }: Membership): boolean =>
  [...roleIds].filter((roleId) => existing.has(roleId)).length >= ROLES_PER_MEMBER_MAX;

const roleActOf = ({ guildId, userId, roleId, by, at }: RoleGift): RoleAct => ({
  guildId,
  userId,
  roleId,
  by,
  at,
});

const assignRole = (gift: RoleGift, membership: Membership): Decision => {
  if (membership.standing !== 'member') return NOT_A_MEMBER;
  if (membership.roleIds.has(gift.roleId)) return NOTHING;
  if (isFull(gift, membership)) return left({ type: 'TooManyMemberRoles' });
  return right([{ type: 'MemberRoleAssigned', data: roleActOf(gift) }]);
};

const setFixedRole = (gift: SetFixedRole, membership: Membership): Decision => {
  if (membership.standing !== 'member') return NOT_A_MEMBER;
  const becomesModerator = gift.role === 'moderator';
  if (membership.roleIds.has(gift.roleId) === becomesModerator) return NOTHING;
  if (becomesModerator && isFull(gift, membership)) return left({ type: 'TooManyMemberRoles' });
  const data = { ...roleActOf(gift), role: gift.role };
  return right([{ type: 'MemberFixedRoleSet', data }]);
};

const timeOut = (data: TimeOut, { standing, timedOutUntil }: Membership): Decision => {
  if (standing !== 'member') return NOT_A_MEMBER;
  const { until, at } = data;
  if (until <= at || until > at + TIMEOUT_MS_MAX) return left({ type: 'TimeoutOutOfBounds' });
  return until === timedOutUntil ? NOTHING : right([{ type: 'MemberTimedOut', data: given(data) }]);
};

/** Without a reason where none was given: a field of an event is there or not, never undefined. */
const given = <Data extends Reasoned>({ reason, ...data }: Data) => ({
  ...data,
  ...(reason !== undefined && { reason }),
});

const givenBan = ({ original, ...data }: Ban) => ({
  ...given(data),
  ...(original !== undefined && { original }),
});

/** Not for people: it puts back what the log says was there. */
const restore = (data: Restore, { standing, joinedAt, roleIds }: Membership): Decision => {
  if (standing === 'banned') return left({ type: 'Banned' });
  if (data.roleIds.length > ROLES_PER_MEMBER_MAX) return left({ type: 'TooManyMemberRoles' });
  const stands =
    standing === 'member' &&
    joinedAt === data.joinedAt &&
    roleIds.size === new Set(data.roleIds).size &&
    data.roleIds.every((roleId) => roleIds.has(roleId));
  return stands ? NOTHING : right([{ type: 'MemberRestored', data }]);
};

const decide = ({ type, data }: MembershipCommand, membership: Membership): Decision => {
  const { standing } = membership;
  switch (type) {
    case 'Join':
      return join(data, membership);
    case 'Leave':
      return standing === 'member' ? right([{ type: 'MemberLeft', data }]) : NOT_A_MEMBER;
    case 'Kick':
      if (standing !== 'member') return NOT_A_MEMBER;
      return right([{ type: 'MemberKicked', data: given(data) }]);
    case 'Ban':
      if (standing === 'banned') return NOTHING;
      return right([{ type: 'MemberBanned', data: givenBan(data) }]);
    case 'Unban':
      return standing === 'banned' ? right([{ type: 'MemberUnbanned', data }]) : NOTHING;
    case 'AssignRole':
      return assignRole(data, membership);
    case 'UnassignRole':
      return membership.roleIds.has(data.roleId)
        ? right([{ type: 'MemberRoleUnassigned', data }])
        : NOTHING;
    case 'SetFixedRole':
      return setFixedRole(data, membership);
    case 'Restore':
      return restore(data, membership);
    case 'TimeOut':
      return timeOut(data, membership);
    case 'LiftTimeout':
      if (!isTimedOutAt(membership, data.at)) return NOTHING;
      return right([{ type: 'MemberTimeoutLifted', data: given(data) }]);
  }
};

const withRole = (membership: Membership, roleId: RoleId): Membership => ({
  ...membership,
  roleIds: new Set(membership.roleIds).add(roleId),
});
const withoutRole = (membership: Membership, roleId: RoleId): Membership => {
  const roleIds = new Set(membership.roleIds);
  roleIds.delete(roleId);
  return { ...membership, roleIds };
};

const evolve = (membership: Membership, event: MembershipEvent): Membership => {
  const { timedOutUntil } = membership;
  switch (event.type) {
    case 'MemberJoined':
      return { ...OUTSIDER, standing: 'member', joinedAt: event.data.at, timedOutUntil };
    case 'MemberRestored': {
      const { joinedAt, roleIds } = event.data;
      return { standing: 'member', roleIds: new Set(roleIds), joinedAt, timedOutUntil };
    }
    case 'MemberLeft':
    case 'MemberKicked':
    case 'MemberUnbanned':
      return { ...OUTSIDER, timedOutUntil };
    case 'MemberBanned':
      return { ...OUTSIDER, standing: 'banned', timedOutUntil };
    case 'MemberRoleAssigned':
      return withRole(membership, event.data.roleId);
    case 'MemberRoleUnassigned':
      return withoutRole(membership, event.data.roleId);
    case 'MemberFixedRoleSet': {
      const change = event.data.role === 'moderator' ? withRole : withoutRole;
      return change(membership, event.data.roleId);
    }
    case 'MemberTimedOut':
      return { ...membership, timedOutUntil: event.data.until };
    case 'MemberTimeoutLifted':
      return { ...membership, timedOutUntil: null };
  }
};

export const membershipDecider: Decider<
  MembershipCommand,
  Membership,
  MembershipEvent,
  MembershipRejection
> = { initialState: OUTSIDER, decide, evolve };
