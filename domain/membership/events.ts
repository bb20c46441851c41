// One person in one guild: a short stream each, so that a million members are a million short streams.
import * as t from 'io-ts';
import { eventKind, type EventOf } from '../shared/event-kind.ts';
import { GuildId, RoleId, UserId } from '../shared/ids.ts';
import { Timestamp } from '../shared/timestamp.ts';

const who = { guildId: GuildId, userId: UserId, by: UserId, at: Timestamp };

export const JoinCause = t.union([
  t.literal('created'),
  t.literal('directory'),
  t.literal('added'),
]);
export type JoinCause = t.TypeOf<typeof JoinCause>;

export const MemberJoined = eventKind('MemberJoined', 1, t.strict({ ...who, cause: JoinCause }));
export const MemberLeft = eventKind('MemberLeft', 1, t.strict(who));
export const MemberKicked = eventKind('MemberKicked', 1, t.strict(who));
// A ban of a member removes them too; a ban of someone outside only bars the door.
export const MemberBanned = eventKind('MemberBanned', 1, t.strict(who));
export const MemberUnbanned = eventKind('MemberUnbanned', 1, t.strict(who));
export const MemberRoleAssigned = eventKind(
  'MemberRoleAssigned',
  1,
  t.strict({ ...who, roleId: RoleId }),
);
export const MemberRoleUnassigned = eventKind(
  'MemberRoleUnassigned',
  1,
  t.strict({ ...who, roleId: RoleId }),
);

export const MEMBERSHIP_EVENTS = [
  MemberJoined,
  MemberLeft,
  MemberKicked,
  MemberBanned,
  MemberUnbanned,
  MemberRoleAssigned,
  MemberRoleUnassigned,
] as const;
export type MembershipEvent = EventOf<(typeof MEMBERSHIP_EVENTS)[number]>;
