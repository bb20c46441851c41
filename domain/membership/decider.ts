import { left, right, type Either } from 'fp-ts/lib/Either.js';
import { type Decider } from '../shared/decider.ts';
import { type GuildId, type RoleId, type UserId } from '../shared/ids.ts';
import { type Timestamp } from '../shared/timestamp.ts';
import { type JoinCause, type MembershipEvent } from './events.ts';
import { OUTSIDER, type Membership } from './membership.ts';

/** Assigned roles of one member (base contract 5.3.2). */
export const ROLES_PER_MEMBER_MAX = 16;

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

export type MembershipCommand =
  | { readonly type: 'Join'; readonly data: Join }
  | { readonly type: 'Leave' | 'Kick' | 'Ban' | 'Unban'; readonly data: MembershipAct }
  | { readonly type: 'AssignRole' | 'UnassignRole'; readonly data: RoleAct };

export type MembershipRejection = { readonly type: 'Banned' | 'NotAMember' | 'TooManyRoles' };

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

const assignRole = (data: RoleAct, { standing, roleIds }: Membership): Decision => {
  if (standing !== 'member') return NOT_A_MEMBER;
  if (roleIds.has(data.roleId)) return NOTHING;
  if (roleIds.size >= ROLES_PER_MEMBER_MAX) return left({ type: 'TooManyRoles' });
  return right([{ type: 'MemberRoleAssigned', data }]);
};

const decide = ({ type, data }: MembershipCommand, membership: Membership): Decision => {
  const { standing } = membership;
  switch (type) {
    case 'Join':
      return join(data, membership);
    case 'Leave':
      return standing === 'member' ? right([{ type: 'MemberLeft', data }]) : NOT_A_MEMBER;
    case 'Kick':
      return standing === 'member' ? right([{ type: 'MemberKicked', data }]) : NOT_A_MEMBER;
    case 'Ban':
      return standing === 'banned' ? NOTHING : right([{ type: 'MemberBanned', data }]);
    case 'Unban':
      return standing === 'banned' ? right([{ type: 'MemberUnbanned', data }]) : NOTHING;
    case 'AssignRole':
      return assignRole(data, membership);
    case 'UnassignRole':
      return membership.roleIds.has(data.roleId)
        ? right([{ type: 'MemberRoleUnassigned', data }])
        : NOTHING;
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
