import { isLeft, left, map, right, type Either } from 'fp-ts/lib/Either.js';
import { membershipDecider, type MembershipRejection } from '../../domain/membership/decider.ts';
import { isReason } from '../../domain/shared/reason.ts';
import { mayModerate } from '../../domain/permission/hierarchy.ts';
import { type GuildId, type UserId } from '../../domain/shared/ids.ts';
import { type Timestamp } from '../../domain/shared/timestamp.ts';
import { memberStream } from '../access/create-guild-access.ts';
import { accepted, type Accepted } from '../accepted.ts';
import { type Asking, type GuildCommandPorts } from '../command-ports.ts';
import { type EventStore } from '../event-store/event-store.ts';
import { FORBIDDEN, INVALID, NOT_FOUND, type Failure } from '../failure.ts';
import { type Done } from '../ports.ts';

type Measure =
  | { readonly type: 'Kick' | 'Ban' | 'Unban' | 'LiftTimeout' }
  | { readonly type: 'TimeOut'; readonly until: Timestamp };

/** The measures differ in nothing but what they do: who may take them against whom is one rule. */
export type ModerateMember = (
  request: Asking & {
    readonly measure: Measure;
    readonly reason?: string | undefined;
    readonly guildId: GuildId;
    readonly userId: UserId;
  },
) => Promise<Either<Failure, Done<Accepted>>>;

const refuse = ({ type }: MembershipRejection): Failure =>
  type === 'TimeoutOutOfBounds' ? INVALID : NOT_FOUND;

type Ports = GuildCommandPorts & { readonly store: Pick<EventStore, 'load'> };
type Request = Parameters<ModerateMember>[0];

const prepare = async ({ access, clock, store }: Ports, request: Request) => {
  const { by, guildId, userId, measure, reason } = request;
  const actor = await access.requireActor(by, guildId, 'ban_member');
  if (isLeft(actor)) return actor;
  const target = await access.inGuild(userId, guildId);
  if (!mayModerate(actor.right, isLeft(target) ? null : target.right)) return left(FORBIDDEN);
  // Outsiders can be banned too, if there is such a person; the log itself says who there is.
  if (measure.type === 'Ban' && (await store.load(`account-${userId}`)).length === 0)
    return left(NOT_FOUND);
  const data = { guildId, userId, by, at: clock.now() };
  switch (measure.type) {
    case 'Unban':
      return right({ type: measure.type, data });
    case 'TimeOut':
      return right({ type: measure.type, data: { ...data, until: measure.until, reason } });
    case 'Kick':
    case 'Ban':
    case 'LiftTimeout':
      return right({ type: measure.type, data: { ...data, reason } });
  }
};

export const createModerateMember = (ports: Ports): ModerateMember => {
  const { execute, access, store } = ports;
  /** Whether a kick that finds nobody is the repeat of one that did; every other measure can be repeated as it is. */
  const isRepeat = async ({ by, guildId, userId, measure, idempotencyKey }: Request) => {
    if (measure.type !== 'Kick' || idempotencyKey === null) return false;
    const last = (await store.load(memberStream(guildId, userId))).at(-1);
    return last?.type === 'MemberKicked' && last.data.by === by;
  };

  return async (request) => {
    const { guildId, userId, reason, context } = request;
    if (reason !== undefined && !isReason(reason)) return left(INVALID);
    const done = await execute({
      decider: membershipDecider,
      states: access.states.memberships,
      stream: memberStream(guildId, userId),
      prepare: () => prepare(ports, request),
      refuse,
      context,
    });
    if (isLeft(done) && done.left.type === 'NotFound' && (await isRepeat(request)))
      return right(accepted({ position: null }));
    return map(accepted)(done);
  };
};
