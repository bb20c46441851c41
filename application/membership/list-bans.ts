import { isLeft, left, right, type Either } from 'fp-ts/lib/Either.js';
import type * as t from 'io-ts';
import { UserId, type GuildId } from '../../domain/shared/ids.ts';
import { Timestamp, unixSeconds } from '../../domain/shared/timestamp.ts';
import { type GuildAccess } from '../access/guild-access.ts';
import { type Ban } from '../contract/moderation-answers.ts';
import { INVALID, type Failure } from '../failure.ts';
import { type BanPlace, type KnownBan, type MemberReader } from './member-reader.ts';

const LIMIT_MAX = 100;
const LIMIT_DEFAULT = 20;
const CURSOR = /^(\d{1,16})_(\w{26})$/;

export type ListBans = (request: {
  readonly by: UserId;
  readonly guildId: GuildId;
  readonly cursor: string | undefined;
  readonly limit: number | undefined;
}) => Promise<
  Either<Failure, { readonly bans: readonly Ban[]; readonly next_cursor: string | null }>
>;

const placeOf = (cursor: string): BanPlace | null => {
  const [, at, userId] = CURSOR.exec(cursor) ?? [];
  const bannedAt = Number(at);
  return Timestamp.is(bannedAt) && UserId.is(userId) ? { bannedAt, userId } : null;
};

const shown = ({ userId, bannedBy, bannedAt, reason }: KnownBan): Ban => ({
  user_id: userId,
  banned_by_user_id: bannedBy,
  banned_at_unix: unixSeconds(bannedAt) as t.Int,
  reason,
});

/** Who is banned from a guild, newest first, for those who may ban. The cursor is the last row given. */
export const createListBans =
  ({
    access,
    members,
  }: {
    readonly access: GuildAccess;
    readonly members: Pick<MemberReader, 'bans'>;
  }): ListBans =>
  async ({ by, guildId, cursor, limit = LIMIT_DEFAULT }) => {
    const allowed = await access.requireInGuild(by, guildId, 'ban_member');
    if (isLeft(allowed)) return allowed;
    if (!Number.isInteger(limit) || limit < 1 || limit > LIMIT_MAX) return left(INVALID);
    const before = cursor === undefined ? null : placeOf(cursor);
    if (cursor !== undefined && before === null) return left(INVALID);
    // One more than asked tells whether there is a next page.
    const rows = await members.bans({ guildId, before, limit: limit + 1 });
    const page = rows.slice(0, limit);
    const last = rows.length > limit ? page.at(-1) : undefined;
    const next_cursor = last === undefined ? null : `${last.bannedAt}_${last.userId}`;
    return right({ bans: page.map(shown), next_cursor });
  };
