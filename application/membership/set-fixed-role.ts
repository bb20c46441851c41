import { isLeft, left, map, right, type Either } from 'fp-ts/lib/Either.js';
import { type FixedRole } from '../../domain/guild/events.ts';
import { seededRole } from '../../domain/guild/role.ts';
import { membershipDecider, type MembershipRejection } from '../../domain/membership/decider.ts';
import { mayChangeFixedRole } from '../../domain/permission/hierarchy.ts';
import { type GuildId, type UserId } from '../../domain/shared/ids.ts';
import { memberStream } from '../access/create-guild-access.ts';
import { accepted, type Accepted } from '../accepted.ts';
import { type Asking, type GuildCommandPorts } from '../command-ports.ts';
import { FORBIDDEN, NOT_FOUND, type Failure } from '../failure.ts';
import { type Done } from '../ports.ts';

/** Setting it twice is setting it once, so it needs no idempotency key. */
export type SetFixedRole = (
  request: Omit<Asking, 'idempotencyKey'> & {
    readonly guildId: GuildId;
    readonly userId: UserId;
    readonly role: FixedRole;
  },
) => Promise<Either<Failure, Done<Accepted>>>;

const refuse = ({ type }: MembershipRejection): Failure =>
  type === 'TooManyMemberRoles' ? { type: 'QuotaExceeded' } : NOT_FOUND;

/** Makes a member a moderator or a plain member (base contract 5.3.6); `owner` can be neither given nor taken so. */
export const createSetFixedRole =
  ({ execute, access, clock }: GuildCommandPorts): SetFixedRole =>
  async ({ by, guildId, userId, role, context }) => {
    const set = await execute({
      decider: membershipDecider,
      states: access.states.memberships,
      stream: memberStream(guildId, userId),
      prepare: async ({ standing }) => {
        const actor = await access.inGuild(by, guildId);
        if (isLeft(actor)) return actor;
        // Whoever may not even set a plain member learns nothing about who is one.
        const may = (from: FixedRole) =>
          mayChangeFixedRole({ resolved: actor.right, isServerOwner: false }, from, role);
        if (role === 'owner' || !may('member')) return left(FORBIDDEN);
        const target = await access.inGuild(userId, guildId);
        const guild = await access.guild(guildId);
        const moderator = guild && seededRole(guild.roles, 'moderator');
        if (standing !== 'member' || isLeft(target) || !moderator) return left(NOT_FOUND);
        if (!may(target.right.role)) return left(FORBIDDEN);
        const { roleId } = moderator;
        const data = { guildId, userId, role, roleId, by, at: clock.now(), existing: guild.roles };
        return right({ type: 'SetFixedRole' as const, data });
      },
      refuse,
      context,
    });
    return map(accepted)(set);
  };
