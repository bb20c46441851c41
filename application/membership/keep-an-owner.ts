// A guild always has an owner, as far as its members can bring it about: the last one may neither leave nor lose the role.
import { left, type Either } from 'fp-ts/lib/Either.js';
import { seededRole } from '../../domain/guild/role.ts';
import { type GuildId, type UserId } from '../../domain/shared/ids.ts';
import { type GuildAccess } from '../access/guild-access.ts';
import { FORBIDDEN, type Failure } from '../failure.ts';
import { createTurns } from '../turns.ts';
import { type MemberReader } from './member-reader.ts';

// More than a guild has owners; whoever is looked at further down is not needed to know that there is another one.
const OWNERS_LOOKED_AT_MAX = 100;

const BUSY: Failure = { type: 'Unavailable', retryAfterSecs: 1 };

export type KeepAnOwner = <Result>(
  guildId: GuildId,
  userId: UserId,
  work: () => Promise<Either<Failure, Result>>,
) => Promise<Either<Failure, Result>>;

/**
 * Does the work, after which that person is no owner any more, unless nobody else is one. One at a time per guild, so that
 * two owners who leave at once don't both count on each other; another process is not waited for.
 */
export const createKeepAnOwner = ({
  access,
  members,
}: {
  readonly access: Pick<GuildAccess, 'guild' | 'membership'>;
  readonly members: Pick<MemberReader, 'holders'>;
}): KeepAnOwner => {
  const turns = createTurns();

  const hasAnother = async (guildId: GuildId, userId: UserId): Promise<boolean> => {
    const guild = await access.guild(guildId);
    const roleId = guild && seededRole(guild.roles, 'workspace_owner')?.roleId;
    if (!roleId) return false;
    const isOwner = async (person: UserId): Promise<boolean> => {
      const { standing, roleIds } = await access.membership(guildId, person);
      return standing === 'member' && roleIds.has(roleId);
    };
    if (!(await isOwner(userId))) return true; // Nothing is lost with them.
    // The read model says who to ask about, the log who it is.
    for (const person of await members.holders({ guildId, roleId, limit: OWNERS_LOOKED_AT_MAX }))
      if (person !== userId && (await isOwner(person))) return true;
    return false;
  };

  return async (guildId, userId, work) => {
    const turn = turns.take(guildId, async () =>
      (await hasAnother(guildId, userId)) ? work() : left(FORBIDDEN),
    );
    return turn ?? left(BUSY);
  };
};
