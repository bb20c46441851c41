import * as t from 'io-ts';
import { described } from '../../domain/shared/described.ts';
import {
  AttachmentId,
  ChannelId,
  GuildId,
  MessageId,
  RoleId,
  UserId,
} from '../../domain/shared/ids.ts';
import { type PathParam } from './route.ts';

/** A ULID that clients may also write in lower case (Crockford base32), as base contract 1.1 allows for parsed ids. */
export const crockford = <Value extends string>(codec: t.Type<Value, string>) =>
  described(
    new t.Type<Value, string, unknown>(
      codec.name,
      codec.is,
      (value, context) =>
        codec.validate(
          // Only ASCII letters may fold: `toUpperCase` alone would turn other scripts' letters into valid digits.
          typeof value === 'string' && /^[0-9a-zA-Z]{26}$/.test(value)
            ? value.toUpperCase()
            : value,
          context,
        ),
      codec.encode,
    ),
    { type: 'string', pattern: '^[0-7][0-9A-HJKMNP-TV-Za-hjkmnp-tv-z]{25}$' },
  );

/** A user id as sent in a JSON body: malformed is the handler's `invalid_request`, not a wrong type. */
export const CrockfordUserId = crockford(UserId);

const comparedAsText = <Value>(codec: t.Type<Value, unknown>): PathParam<Value> => ({
  codec,
  malformed: 'unknown',
});

// Guild, channel, message and attachment ids in paths are compared as text: malformed or lower case is unknown.
export const guildId = comparedAsText(GuildId);
export const channelId = comparedAsText(ChannelId);
export const messageId = comparedAsText(MessageId);
export const attachmentId = comparedAsText(AttachmentId);
// User ids are parsed: malformed is invalid.
export const userId: PathParam<UserId> = { codec: CrockfordUserId, malformed: 'invalid' };
/** Role ids are parsed too, in paths and in bodies. */
export const CrockfordRoleId = crockford(RoleId);
export const roleId: PathParam<RoleId> = { codec: CrockfordRoleId, malformed: 'invalid' };
/** Free text of a segment, percent-decoded; the handler judges it. */
export const text: PathParam<string> = { codec: t.string, malformed: 'invalid' };
