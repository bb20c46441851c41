import * as t from 'io-ts';
import { eventKind } from '../shared/event-kind.ts';
import { GuildId, UserId } from '../shared/ids.ts';
import { Timestamp } from '../shared/timestamp.ts';

export const JoinOutcome = t.union([
  t.literal('accepted'),
  t.literal('already_member'),
  t.literal('rejected_visibility'),
  t.literal('rejected_user_ban'),
  t.literal('rejected_ip_ban'),
]);
export type JoinOutcome = t.TypeOf<typeof JoinOutcome>;

/** An audit fact without state: what the directory answered to a person who wanted to join. */
export const DirectoryJoinDecided = eventKind(
  'DirectoryJoinDecided',
  1,
  t.strict({ guildId: GuildId, userId: UserId, outcome: JoinOutcome, at: Timestamp }),
);

export const DIRECTORY_EVENTS = [DirectoryJoinDecided] as const;
