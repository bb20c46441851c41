// Bans of addresses by a guild. The addresses themselves are in the vault, by the ban's id: never here.
import * as t from 'io-ts';
import { eventKind, type EventOf } from '../shared/event-kind.ts';
import { GuildId, IpBanId, UserId } from '../shared/ids.ts';
import { Sealed } from '../shared/sealed.ts';
import { Timestamp } from '../shared/timestamp.ts';

/** One act: each address that the person was seen at is a ban of its own, so that each can be lifted alone. */
export const IpBansAdded = eventKind(
  'IpBansAdded',
  1,
  t.strict({
    guildId: GuildId,
    banIds: t.readonlyArray(IpBanId),
    sourceUserId: UserId,
    reason: Sealed, // Null also when none was given
    expiresAt: t.union([Timestamp, t.null]),
    by: UserId,
    at: Timestamp,
  }),
  // A text about a person: it is erased with them.
  { reason: ({ sourceUserId }) => `account:${sourceUserId}` },
);
export const IpBanLifted = eventKind(
  'IpBanLifted',
  1,
  t.strict({ guildId: GuildId, banId: IpBanId, by: UserId, at: Timestamp }),
);
/** An audit fact without state: somebody came from a banned address. Not every hit is one (application/ip-ban). */
export const IpBanHit = eventKind(
  'IpBanHit',
  1,
  t.strict({ guildId: GuildId, banId: IpBanId, userId: UserId, at: Timestamp }),
);

export const IP_BAN_EVENTS = [IpBansAdded, IpBanLifted] as const;
export const IP_BAN_HIT_EVENTS = [IpBanHit] as const;
export type IpBanEvent = EventOf<(typeof IP_BAN_EVENTS)[number]>;
