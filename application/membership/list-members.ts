import { isLeft, left, right, type Either } from 'fp-ts/lib/Either.js';
import { type GuildId, type UserId } from '../../domain/shared/ids.ts';
import { type GuildAccess } from '../access/guild-access.ts';
import { type Member } from '../contract/answers.ts';
import { INVALID, type Failure } from '../failure.ts';
import { type Clock } from '../ports.ts';
import { type MemberReader } from './member-reader.ts';

const LIMIT_MAX = 200;
const LIMIT_DEFAULT = 50;

export type ListMembers = (request: {
  readonly by: UserId;
  readonly guildId: GuildId;
  readonly cursor: UserId | undefined;
  readonly limit: number | undefined;
}) => Promise<
  Either<Failure, { readonly members: readonly Member[]; readonly next_cursor: UserId | null }>
>;

/** The members of a guild by user id, for its members. The cursor is the last row given, so that no row is lost. */
export const createListMembers =
  ({
    access,
    members,
    clock,
  }: {
    readonly access: GuildAccess;
    readonly members: Pick<MemberReader, 'page'>;
    readonly clock: Clock;
  }): ListMembers =>
  async ({ by, guildId, cursor, limit = LIMIT_DEFAULT }) => {
    const member = await access.inGuild(by, guildId);
    if (isLeft(member)) return member;
    if (!Number.isInteger(limit) || limit < 1 || limit > LIMIT_MAX) return left(INVALID);
    // One more than asked tells whether there is a next page.
    const rows = await members.page({
      guildId,
      after: cursor ?? null,
      limit: limit + 1,
      at: clock.now(),
    });
    const page = rows.slice(0, limit);
    const next_cursor = rows.length > limit ? (page.at(-1)?.user_id ?? null) : null;
    return right({ members: page, next_cursor });
  };
