import { isLeft, left, right, type Either } from 'fp-ts/lib/Either.js';
import { type GuildId, type UserId } from '../../domain/shared/ids.ts';
import { type GuildAccess } from '../access/guild-access.ts';
import { type IpBan } from '../contract/moderation-answers.ts';
import { INVALID, type Failure } from '../failure.ts';
import { type Clock } from '../ports.ts';
import { pageOf, type TimeCursor } from '../time-cursor.ts';
import { type IpBanReader, type IpBanRow } from './ip-ban-reader.ts';

const LIMIT_MAX = 100;
const LIMIT_DEFAULT = 20;

type Page = { readonly bans: readonly IpBan[]; readonly next_cursor: string | null };

export type ListIpBans = (request: {
  readonly by: UserId;
  readonly guildId: GuildId;
  readonly cursor: TimeCursor | undefined;
  readonly limit: number | undefined;
}) => Promise<Either<Failure, Page>>;

const answerOf = (row: IpBanRow): IpBan => ({
  ban_id: row.banId,
  source_user_id: row.sourceUserId,
  reason: row.reason,
  created_at_unix: row.createdUnix as IpBan['created_at_unix'],
  expires_at_unix: row.expiresUnix as IpBan['expires_at_unix'],
});

/** A guild's bans of addresses, newest first, for those who manage them. No answer says which address. */
export const createListIpBans =
  ({
    access,
    ipBans,
    clock,
  }: {
    readonly access: GuildAccess;
    readonly ipBans: Pick<IpBanReader, 'page'>;
    readonly clock: Clock;
  }): ListIpBans =>
  async ({ by, guildId, cursor, limit = LIMIT_DEFAULT }) => {
    if (limit < 1 || limit > LIMIT_MAX) return left(INVALID);
    const allowed = await access.requireInGuild(by, guildId, 'manage_ip_bans');
    if (isLeft(allowed)) return allowed;
    // One more than asked tells whether there is a next page.
    const rows = await ipBans.page({
      guildId,
      after: cursor ?? null,
      now: clock.now(),
      limit: limit + 1,
    });
    const { page, next } = pageOf(rows, limit, ({ createdUnix, banId }) => ({
      unix: createdUnix,
      id: banId,
    }));
    return right({ bans: page.map(answerOf), next_cursor: next });
  };
