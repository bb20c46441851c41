// Answers of moderation: the audit list and bans of addresses (base contract 2.12), and of people. None carries an address.
import * as t from 'io-ts';
import { ChannelId, IpBanId, MessageId, RoleId, UserId } from '../../domain/shared/ids.ts';

const orNull = <C extends t.Mixed>(codec: C) => t.union([codec, t.null]);

export const IpBan = t.strict({
  ban_id: IpBanId,
  source_user_id: orNull(UserId),
  reason: orNull(t.string),
  created_at_unix: t.Int,
  expires_at_unix: orNull(t.Int),
});
export type IpBan = t.TypeOf<typeof IpBan>;
export const IpBanPage = t.strict({
  bans: t.readonlyArray(IpBan),
  next_cursor: orNull(t.string),
});
export const IpBansAdded = t.strict({
  created_count: t.Int,
  ban_ids: t.readonlyArray(IpBanId),
});
export type IpBansAdded = t.TypeOf<typeof IpBansAdded>;

/** What an audited act was about, as ids: an addition of ours. Nothing a person wrote is ever here. */
export const AuditDetails = t.exact(
  t.partial({
    role_id: RoleId,
    role_ids: t.readonlyArray(RoleId),
    channel_id: ChannelId,
    message_id: MessageId,
    ban_ids: t.readonlyArray(IpBanId),
  }),
);
export type AuditDetails = t.TypeOf<typeof AuditDetails>;

export const AuditEvent = t.strict({
  audit_id: t.string,
  actor_user_id: UserId,
  target_user_id: orNull(UserId),
  action: t.string,
  created_at_unix: t.Int,
  ip_ban_match: t.boolean,
  details: AuditDetails,
});
export type AuditEvent = t.TypeOf<typeof AuditEvent>;

export const AuditPage = t.strict({
  events: t.readonlyArray(AuditEvent),
  next_cursor: orNull(t.string),
});

/** Bans of people: an addition of ours. */
export const Ban = t.strict({
  user_id: UserId,
  banned_by_user_id: UserId,
  banned_at_unix: t.Int,
  reason: orNull(t.string),
});
export type Ban = t.TypeOf<typeof Ban>;
export const BanPage = t.strict({
  bans: t.readonlyArray(Ban),
  next_cursor: orNull(t.string),
});
