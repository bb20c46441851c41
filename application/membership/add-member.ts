import { isLeft, left, map, right, type Either } from 'fp-ts/lib/Either.js';
import { joinRoleOf } from '../../domain/guild/guild.ts';
import { membershipDecider } from '../../domain/membership/decider.ts';
import { type GuildId, type UserId } from '../../domain/shared/ids.ts';
import { memberStream } from '../access/create-guild-access.ts';
import { accepted, type Accepted } from '../accepted.ts';
import { type Asking, type GuildCommandPorts } from '../command-ports.ts';
import { type EventStore } from '../event-store/event-store.ts';
import { FORBIDDEN, NOT_FOUND, type Failure } from '../failure.ts';
import { type Done } from '../ports.ts';

/** Adding somebody twice is adding them once, so it needs no idempotency key. */
export type AddMember = (
  request: Omit<Asking, 'idempotencyKey'> & { readonly guildId: GuildId; readonly userId: UserId },
) => Promise<Either<Failure, Done<Accepted>>>;

export const createAddMember =
  ({
    execute,
    access,
    clock,
    store,
  }: GuildCommandPorts & { readonly store: Pick<EventStore, 'load'> }): AddMember =>
  async ({ by, guildId, userId, context }) => {
    const added = await execute({
      decider: membershipDecider,
      states: access.states.memberships,
      stream: memberStream(guildId, userId),
      prepare: async () => {
        const allowed = await access.requireInGuild(by, guildId, 'manage_member_roles');
        if (isLeft(allowed)) return allowed;
        // The log itself says who exists: a read model might not have heard of them yet.
        const account = await store.load(`account-${userId}`);
        const guild = await access.guild(guildId);
        if (account.length === 0 || guild === null) return left(NOT_FOUND);
        const who = { guildId, userId, by, at: clock.now() };
        const data = { ...who, cause: 'added' as const, roleId: joinRoleOf(guild) };
        return right({ type: 'Join' as const, data });
      },
      refuse: () => FORBIDDEN, // Banned.
      context,
    });
    return map(accepted)(added);
  };
