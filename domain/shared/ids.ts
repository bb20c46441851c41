// Branded ids: a UserId can't be passed where a ChannelId is wanted.
import * as t from 'io-ts';
import { described } from './described.ts';

// A ULID is 128 bits in 26 Crockford base32 digits, so its first digit is at most 7 (ulid/spec).
const ULID_PATTERN = /^[0-7][0-9A-HJKMNP-TV-Z]{25}$/;

export type Id<Kind extends string> = string & { readonly [key in `is${Kind}`]: true };

/** Makes the codec of one kind of id: an upper-case ULID of 26 characters. */
const idOf = <Kind extends string>(kind: Kind) =>
  described(
    new t.Type<Id<Kind>, string>(
      `${kind}Id`,
      (value): value is Id<Kind> => typeof value === 'string' && ULID_PATTERN.test(value),
      (value, context) =>
        typeof value === 'string' && ULID_PATTERN.test(value)
          ? t.success(value as Id<Kind>)
          : t.failure(value, context),
      (id) => id,
    ),
    { type: 'string', pattern: ULID_PATTERN.source },
  );

export const UserId = idOf('User');
export type UserId = t.TypeOf<typeof UserId>;
export const SessionId = idOf('Session');
export type SessionId = t.TypeOf<typeof SessionId>;
export const GuildId = idOf('Guild');
export type GuildId = t.TypeOf<typeof GuildId>;
export const ChannelId = idOf('Channel');
export type ChannelId = t.TypeOf<typeof ChannelId>;
export const RoleId = idOf('Role');
export type RoleId = t.TypeOf<typeof RoleId>;
export const MessageId = idOf('Message');
export type MessageId = t.TypeOf<typeof MessageId>;
export const FriendRequestId = idOf('FriendRequest');
export type FriendRequestId = t.TypeOf<typeof FriendRequestId>;
export const PictureId = idOf('Picture');
export type PictureId = t.TypeOf<typeof PictureId>;
export const AttachmentId = idOf('Attachment');
export type AttachmentId = t.TypeOf<typeof AttachmentId>;
export const IpBanId = idOf('IpBan');
export type IpBanId = t.TypeOf<typeof IpBanId>;
