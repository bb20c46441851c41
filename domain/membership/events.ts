// One person in one guild: a short stream each, so that a million members are a million short streams.
import * as t from 'io-ts';
import { eventKind, type EventOf } from '../shared/event-kind.ts';
import { GuildId, RoleId, UserId } from '../shared/ids.ts';
import { Sealed } from '../shared/sealed.ts';
import { Timestamp } from '../shared/timestamp.ts';

const who = { guildId: GuildId, userId: UserId, by: UserId, at: Timestamp };

// Why somebody was moderated is about them, so it goes when their account is erased.
const reasoned = <Props extends t.Props>(props: Props) =>
  t.exact(t.intersection([t.type(props), t.partial({ reason: Sealed })]));
const sealedReason = {
  reason: ({ userId }: { readonly userId: UserId }) => `account:${userId}`,
};

export const JoinCause = t.union([
  t.literal('created'),
  t.literal('directory'),
  t.literal('added'),
]);
export type JoinCause = t.TypeOf<typeof JoinCause>;

export const MemberJoined = eventKind('MemberJoined', 1, t.strict({ ...who, cause: JoinCause }));
/** `erased`: because their account was erased, which is how those who know them hear of that. */
export const MemberLeft = eventKind(
  'MemberLeft',
  1,
  t.exact(t.intersection([t.type(who), t.partial({ erased: t.literal(true) })])),
);
export const MemberKicked = eventKind('MemberKicked', 1, reasoned(who), sealedReason);
// A ban of a member removes them too; a ban of someone outside only bars the door.
// `original`: it was lifted by somebody who should not have, and stands again as that person set it then.
export const MemberBanned = eventKind(
  'MemberBanned',
  1,
  t.exact(
    t.intersection([
      t.type(who),
      t.partial({ reason: Sealed, original: t.strict({ by: UserId, at: Timestamp }) }),
    ]),
  ),
  sealedReason,
);
export const MemberUnbanned = eventKind('MemberUnbanned', 1, t.strict(who));
// `onJoining`: it came with membership (the default role, the creator's own), so nobody assigned it.
export const MemberRoleAssigned = eventKind(
  'MemberRoleAssigned',
  1,
  t.exact(
    t.intersection([t.type({ ...who, roleId: RoleId }), t.partial({ onJoining: t.literal(true) })]),
  ),
);
export const MemberRoleUnassigned = eventKind(
  'MemberRoleUnassigned',
  1,
  t.strict({ ...who, roleId: RoleId }),
);
/** The moderator role (`roleId`) given or taken by naming the fixed role, as `PATCH /members` does. */
export const MemberFixedRoleSet = eventKind(
  'MemberFixedRoleSet',
  1,
  t.strict({
    ...who,
    role: t.union([t.literal('moderator'), t.literal('member')]),
    roleId: RoleId,
  }),
);
/** Silent until then, also when they leave and come back; it ends by itself. */
export const MemberTimedOut = eventKind(
  'MemberTimedOut',
  1,
  reasoned({ ...who, until: Timestamp }),
  sealedReason,
);
export const MemberTimeoutLifted = eventKind('MemberTimeoutLifted', 1, reasoned(who), sealedReason);

/** Belongs to the guild as before: since then, and with exactly these assigned roles. */
export const MemberRestored = eventKind(
  'MemberRestored',
  1,
  t.strict({ ...who, joinedAt: Timestamp, roleIds: t.readonlyArray(RoleId) }),
);

export const MEMBERSHIP_EVENTS = [
  MemberJoined,
  MemberLeft,
  MemberKicked,
  MemberBanned,
  MemberUnbanned,
  MemberRoleAssigned,
  MemberRoleUnassigned,
  MemberFixedRoleSet,
  MemberTimedOut,
  MemberTimeoutLifted,
  MemberRestored,
] as const;
export type MembershipEvent = EventOf<(typeof MEMBERSHIP_EVENTS)[number]>;
