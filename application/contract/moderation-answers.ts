// Answers of the audit list and of bans of addresses (base contract 2.12). None ever carries an address.
import * as t from 'io-ts';
import { IpBanId, UserId } from '../../domain/shared/ids.ts';

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
