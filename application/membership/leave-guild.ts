import { isLeft, left, map, right, type Either } from 'fp-ts/lib/Either.js';
import { membershipDecider } from '../../domain/membership/decider.ts';
import { type GuildId } from '../../domain/shared/ids.ts';
import { memberStream } from '../access/create-guild-access.ts';
import { accepted, type Accepted } from '../accepted.ts';
import { type Asking, type GuildCommandPorts } from '../command-ports.ts';
import { type EventStore } from '../event-store/event-store.ts';
import { NOT_FOUND, type Failure } from '../failure.ts';
import { type Done } from '../ports.ts';
import { type KeepAnOwner } from './keep-an-owner.ts';

export type LeaveGuild = (
  request: Asking & { readonly guildId: GuildId },
) => Promise<Either<Failure, Done<Accepted>>>;

/** Leaves a guild; its last owner can't. A repeat is known by the log, which says how the membership ended. */
export const createLeaveGuild = ({
  execute,
  access,
  clock,
  store,
  keepAnOwner,
}: GuildCommandPorts & {
  readonly store: Pick<EventStore, 'load'>;
  readonly keepAnOwner: KeepAnOwner;
}): LeaveGuild => {
  const leave = async ({ by, guildId, context }: Parameters<LeaveGuild>[0]) => {
    const left = await execute({
      decider: membershipDecider,
      states: access.states.memberships,
      stream: memberStream(guildId, by),
      prepare: () =>
        Promise.resolve(
          right({ type: 'Leave' as const, data: { guildId, userId: by, by, at: clock.now() } }),
        ),
      refuse: () => NOT_FOUND, // Not a member any more.
      context,
    });
    return map(accepted)(left);
  };

  return async (request) => {
    const { by, guildId, idempotencyKey } = request;
    const member = await access.inGuild(by, guildId);
    if (!isLeft(member)) return keepAnOwner(guildId, by, () => leave(request));
    if (member.left.type !== 'Forbidden' || idempotencyKey === null) return left(member.left);
    const last = (await store.load(memberStream(guildId, by))).at(-1);
    return last?.type === 'MemberLeft' ? right(accepted({ position: null })) : left(member.left);
  };
};
