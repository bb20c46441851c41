// One person's standing in a guild as it would be without what is undone. Nobody's own coming and going is undone.
import {
  membershipDecider,
  ROLES_PER_MEMBER_MAX,
  type MembershipCommand,
} from '../membership/decider.ts';
import { type MembershipEvent } from '../membership/events.ts';
import { OUTSIDER, type Membership } from '../membership/membership.ts';
import { type RoleId, type UserId } from '../shared/ids.ts';
import { type Sealed } from '../shared/sealed.ts';
import { type Timestamp } from '../shared/timestamp.ts';
import { carryOut, changedSince, type Act, type Plan, type Refusal, type Subject } from './act.ts';
import { type Undoing } from './plan-guild.ts';

type MemberAct = Act<MembershipEvent>;
type Ban = { readonly by: UserId; readonly at: Timestamp; readonly reason: Sealed };
type Then = { readonly membership: Membership; readonly ban: Ban | null };
type Wanted = { readonly command: MembershipCommand; readonly subject: Subject };

/** Whether the act would have come to anything: who never was kicked does not join again, and is not unbanned. */
const counts = ({ type }: MembershipEvent, { standing }: Membership): boolean => {
  switch (type) {
    case 'MemberJoined':
      return standing === 'outside';
    case 'MemberUnbanned':
      return standing === 'banned';
    case 'MemberBanned':
      return standing !== 'banned';
    case 'MemberLeft':
    case 'MemberKicked':
    case 'MemberRoleAssigned':
    case 'MemberRoleUnassigned':
    case 'MemberFixedRoleSet':
    case 'MemberTimedOut':
      return standing === 'member';
    case 'MemberTimeoutLifted':
    case 'MemberRestored':
      return true;
  }
};

const step = ({ membership, ban }: Then, event: MembershipEvent): Then => {
  if (!counts(event, membership)) return { membership, ban };
  const after = membershipDecider.evolve(membership, event);
  if (event.type !== 'MemberBanned')
    return { membership: after, ban: after.standing === 'banned' ? ban : null };
  const { by, at, reason = null, original } = event.data;
  return { membership: after, ban: { ...(original ?? { by, at }), reason } };
};

const withoutUndone = (acts: readonly MemberAct[]): Then =>
  acts
    .filter(({ whose }) => whose !== 'undone')
    .map(({ event }) => event)
    .reduce<Then>(step, { membership: OUTSIDER, ban: null });

export type MemberUndoing = Undoing & {
  readonly userId: UserId;
  /** The roles of the guild as it is after its own undo. */
  readonly existing: ReadonlyMap<RoleId, unknown>;
  readonly isAccountThere: boolean;
};

const restoring = (undoing: MemberUndoing, then: Membership): MembershipCommand => ({
  type: 'Restore',
  data: {
    ...actOf(undoing),
    joinedAt: then.joinedAt ?? undoing.at,
    roleIds: [...then.roleIds]
      .filter((roleId) => undoing.existing.has(roleId))
      .slice(0, ROLES_PER_MEMBER_MAX),
  },
});

const actOf = ({ guildId, userId, by, at }: MemberUndoing) => ({ guildId, userId, by, at });

const roleChanges = (
  undoing: MemberUndoing,
  now: Membership,
  then: Membership,
): readonly Wanted[] => {
  const subject = (roleId: RoleId): Subject => ({
    kind: 'member_role',
    id: `${undoing.userId}:${roleId}`,
  });
  const taken = [...now.roleIds].filter((roleId) => !then.roleIds.has(roleId));
  const given = [...then.roleIds].filter(
    (roleId) => !now.roleIds.has(roleId) && undoing.existing.has(roleId),
  );
  return [
    ...taken.map((roleId): Wanted => ({
      command: { type: 'UnassignRole', data: { ...actOf(undoing), roleId } },
      subject: subject(roleId),
    })),
    ...given.map((roleId): Wanted => ({
      command: {
        type: 'AssignRole',
        data: { ...actOf(undoing), roleId, existing: undoing.existing },
      },
      subject: subject(roleId),
    })),
  ];
};

/** What leads from the standing that is to the one that would be. */
const standingChanges = (
  undoing: MemberUndoing,
  now: Membership,
  { membership: then, ban }: Then,
): readonly Wanted[] => {
  const data = actOf(undoing);
  const subject: Subject = { kind: 'member', id: undoing.userId };
  const wanted = (command: MembershipCommand): Wanted => ({ command, subject });
  switch (then.standing) {
    case 'member': {
      const unban = now.standing === 'banned' ? [wanted({ type: 'Unban', data })] : [];
      const isSame = now.standing === 'member' && now.joinedAt === then.joinedAt;
      return isSame
        ? roleChanges(undoing, now, then)
        : [...unban, wanted(restoring(undoing, then))];
    }
    case 'banned': {
      if (now.standing === 'banned' || ban === null) return [];
      const { by, at, reason } = ban;
      const original = { by, at };
      return [wanted({ type: 'Ban', data: { ...data, original, reason: reason ?? undefined } })];
    }
    case 'outside':
      if (now.standing === 'member') return [wanted({ type: 'Kick', data })];
      return now.standing === 'banned' ? [wanted({ type: 'Unban', data })] : [];
  }
};

const timeoutChanges = (
  undoing: MemberUndoing,
  now: Membership,
  then: Membership,
): readonly Wanted[] => {
  const ends = ({ timedOutUntil }: Membership): Timestamp | null =>
    timedOutUntil !== null && timedOutUntil > undoing.at ? timedOutUntil : null;
  const until = ends(then);
  if (until === ends(now)) return [];
  const subject: Subject = { kind: 'timeout', id: undoing.userId };
  const data = actOf(undoing);
  return until === null
    ? [{ command: { type: 'LiftTimeout', data }, subject }]
    : [{ command: { type: 'TimeOut', data: { ...data, until } }, subject }];
};

const REMOVALS: ReadonlySet<MembershipEvent['type']> = new Set([
  'MemberLeft',
  'MemberKicked',
  'MemberBanned',
]);
const isRemoval = ({ type }: MembershipEvent): boolean => REMOVALS.has(type);

/** Who was put out, and then went or was put out by somebody else: that stands. */
const removedSince = (acts: readonly MemberAct[], userId: UserId): readonly Refusal[] => {
  const lastUndone = acts.findLastIndex(
    ({ event, whose }) => whose === 'undone' && isRemoval(event),
  );
  if (lastUndone === -1) return [];
  const since = acts.slice(lastUndone + 1);
  if (since.some(({ whose }) => whose === 'operator')) return [];
  const removal = since.findLast(({ event }) => isRemoval(event));
  if (removal === undefined) return [];
  const why = removal.event.type === 'MemberLeft' ? 'left_since' : 'changed_since';
  return [{ kind: 'member', id: userId, why }];
};

const partsWritten = (event: MembershipEvent): readonly Subject[] => {
  const { userId } = event.data;
  switch (event.type) {
    case 'MemberRoleAssigned':
    case 'MemberRoleUnassigned':
    case 'MemberFixedRoleSet':
      return [{ kind: 'member_role', id: `${userId}:${event.data.roleId}` }];
    case 'MemberTimedOut':
    case 'MemberTimeoutLifted':
      return [{ kind: 'timeout', id: userId }];
    case 'MemberJoined':
    case 'MemberLeft':
    case 'MemberKicked':
    case 'MemberBanned':
    case 'MemberUnbanned':
    case 'MemberRestored':
      return [];
  }
};

/** Added by what is undone, and dealt with by somebody else since: they stay. */
const isUsedSince = (acts: readonly MemberAct[]): boolean => {
  const joined = acts.findLastIndex(({ event }) => event.type === 'MemberJoined');
  return (
    acts[joined]?.whose === 'undone' &&
    acts.slice(joined + 1).some(({ whose }) => whose === 'others')
  );
};

/** What of one person's standing is put back, and what can't be. */
export const planMember = (
  acts: readonly MemberAct[],
  undoing: MemberUndoing,
): Plan<MembershipEvent, Membership> => {
  const now = acts.map(({ event }) => event).reduce(membershipDecider.evolve, OUTSIDER);
  const then = withoutUndone(acts);
  const { userId } = undoing;
  const others = [...removedSince(acts, userId), ...changedSince(acts, partsWritten)];
  const refused = (why: Refusal['why']): Plan<MembershipEvent, Membership> => ({
    events: [],
    state: now,
    refusals: [...others, { kind: 'member', id: userId, why }],
  });
  const isWanted = then.membership.standing === 'member' && now.standing !== 'member';
  if (isWanted && !undoing.isAccountThere) return refused('account_gone');
  if (then.membership.standing === 'outside' && now.standing === 'member' && isUsedSince(acts))
    return refused('used_since');
  const plan = carryOut(membershipDecider, now, [
    ...standingChanges(undoing, now, then),
    ...timeoutChanges(undoing, now, then.membership),
  ]);
  const roles = [...then.membership.roleIds].filter((id) => undoing.existing.has(id)).length;
  const isOverfull = isWanted && roles > ROLES_PER_MEMBER_MAX;
  const overfull: readonly Refusal[] = isOverfull
    ? [{ kind: 'member_role', id: userId, why: 'limit_reached' }]
    : [];
  return { ...plan, refusals: [...plan.refusals, ...overfull, ...others] };
};
