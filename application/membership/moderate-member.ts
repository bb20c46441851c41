import { isLeft, left, right, type Either } from 'fp-ts/lib/Either.js';
import { membershipDecider } from '../../domain/membership/decider.ts';
import { mayModerate } from '../../domain/permission/hierarchy.ts';
import { type GuildId, type UserId } from '../../domain/shared/ids.ts';
import { memberStream } from '../access/create-guild-access.ts';
import { type Asking, type GuildCommandPorts } from '../command-ports.ts';
import { FORBIDDEN, NOT_FOUND, type Failure } from '../failure.ts';
import { type Done } from '../ports.ts';

/** Kick and ban differ in nothing but what they do: who may is one rule. */
export type ModerateMember = (
  request: Omit<Asking, 'idempotencyKey'> & {
    readonly measure: 'Kick' | 'Ban';
    readonly guildId: GuildId;
    readonly userId: UserId;
  },
) => Promise<Either<Failure, Done<{ readonly accepted: true }>>>;

export const createModerateMember =
  ({ execute, access, clock }: GuildCommandPorts): ModerateMember =>
  async ({ by, guildId, userId, measure, context }) => {
    const done = await execute({
      decider: membershipDecider,
      states: access.states.memberships,
      stream: memberStream(guildId, userId),
      prepare: async () => {
        const resolved = await access.requireInGuild(by, guildId, 'ban_member');
        if (isLeft(resolved)) return resolved;
        const target = await access.inGuild(userId, guildId);
        const actor = { resolved: resolved.right, isServerOwner: false }; // In `resolved` already.
        if (!mayModerate(actor, isLeft(target) ? null : target.right)) return left(FORBIDDEN);
        return right({ type: measure, data: { guildId, userId, by, at: clock.now() } });
      },
      refuse: () => NOT_FOUND, // Not a member.
      context,
    });
    if (isLeft(done)) return done;
    return right({ answer: { accepted: true }, position: done.right.position });
  };
