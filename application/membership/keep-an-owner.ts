// A guild always has an owner, as far as its members can bring it about: the last one may neither leave nor lose the role.
import { left, type Either } from 'fp-ts/lib/Either.js';
import { seededRole } from '../../domain/guild/role.ts';
import { type GuildId, type RoleId, type UserId } from '../../domain/shared/ids.ts';
import { memberStream, type GuildStates } from '../access/create-guild-access.ts';
import { type GuildAccess } from '../access/guild-access.ts';
import { FORBIDDEN, type Failure } from '../failure.ts';
import { createTurns } from '../turns.ts';
import { type MemberReader } from './member-reader.ts';

// More than a guild has owners; whoever is looked at further down is not needed to know that there is another one.
const OWNERS_LOOKED_AT_MAX = 100;

const BUSY: Failure = { type: 'Unavailable', retryAfterSecs: 1 };

/** Runs the work while no other process does so for this guild; null when it is not free soon. */
export type AloneInGuild = <A>(guildId: GuildId, work: () => Promise<A>) => Promise<A | null>;

export type KeepAnOwner = <Result>(
  guildId: GuildId,
  userId: UserId,
  work: () => Promise<Either<Failure, Result>>,
) => Promise<Either<Failure, Result>>;

/**
 * Does the work, after which that person is no owner any more, unless nobody else is one. One at a time per guild, so that
 * two owners who leave at once don't both count on each other, be it through two processes.
 */
export const createKeepAnOwner = ({
  access,
  members,
  alone,
}: {
  readonly access: Pick<GuildAccess, 'guild' | 'membership'> & {
    readonly states: Pick<GuildStates, 'memberships'>;
  };
  readonly members: Pick<MemberReader, 'holders'>;
  readonly alone: AloneInGuild;
}): KeepAnOwner => {
  const turns = createTurns();

  const isOwner = async (guildId: GuildId, userId: UserId, roleId: RoleId): Promise<boolean> => {
    const { standing, roleIds } = await access.membership(guildId, userId);
    return standing === 'member' && roleIds.has(roleId);
  };
  const hasAnother = async (guildId: GuildId, userId: UserId, roleId: RoleId): Promise<boolean> => {
    // The read model says who to ask about, the log who it is.
    for (const person of await members.holders({ guildId, roleId, limit: OWNERS_LOOKED_AT_MAX })) {
      if (person === userId) continue;
      // What another process did just before may not have come here yet.
      access.states.memberships.forget(memberStream(guildId, person));
      if (await isOwner(guildId, person, roleId)) return true;
    }
    return false;
  };

  return async (guildId, userId, work) => {
    const guild = await access.guild(guildId);
    const roleId = guild && seededRole(guild.roles, 'workspace_owner')?.roleId;
    if (!roleId) return left(FORBIDDEN);
    if (!(await isOwner(guildId, userId, roleId))) return work(); // Nothing is lost with them.
    // In one line for all guilds: who waits for other processes holds a connection, of which there are few.
    const turn = turns.take('owners', () =>
      alone(guildId, async () =>
        (await hasAnother(guildId, userId, roleId)) ? work() : left(FORBIDDEN),
      ),
    );
    return (await turn) ?? left(BUSY);
  };
};
