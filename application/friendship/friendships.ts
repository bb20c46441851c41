// What all commands on friendships share: the stream of a pair, and taking turns with both people's other commands.
import { isLeft, left, type Either } from 'fp-ts/lib/Either.js';
import {
  friendshipDecider,
  type Friendship,
  type FriendshipRejection,
} from '../../domain/friendship/decider.ts';
import { FRIENDSHIP_EVENTS } from '../../domain/friendship/events.ts';
import { type UserId } from '../../domain/shared/ids.ts';
import { createUncachedStreams, type FoldedStreams } from '../access/folded-streams.ts';
import { type EventStore } from '../event-store/event-store.ts';
import { type Execute } from '../execute.ts';
import { INVALID, NOT_FOUND, type Failure } from '../failure.ts';
import { type Limits } from '../limits.ts';
import { type Clock, type Done, type ReadPosition } from '../ports.ts';
import { type Turns } from '../turns.ts';
import { type FriendReader } from './friend-reader.ts';

export type FriendshipPorts = {
  readonly friends: FriendReader;
  readonly execute: Execute;
  readonly states: FoldedStreams<Friendship>;
  /** Of people, not of streams. */
  readonly turns: Turns;
  readonly readPosition: Pick<ReadPosition, 'waitFor'>;
  readonly clock: Clock;
  readonly limits: Pick<
    Limits,
    'friendsPerUserMax' | 'friendRequestsPendingMax' | 'idempotencySecs' | 'readWaitMs'
  >;
};

export const createFriendshipStates = (store: Pick<EventStore, 'load'>) =>
  createUncachedStreams({
    store,
    folding: { decider: friendshipDecider, kinds: FRIENDSHIP_EVENTS },
  });

const inOrder = (a: UserId, b: UserId) => (a < b ? ([a, b] as const) : ([b, a] as const));

export const friendshipStream = (a: UserId, b: UserId): string =>
  `friendship-${inOrder(a, b).join(':')}`;

const UNAVAILABLE: Failure = { type: 'Unavailable', retryAfterSecs: 1 };

/**
 * Runs a command that counts against both people's limits: one after the other with their other such commands, and each
 * only over when the counts show it, so that the limits are exact in this process. Several processes may together pass a
 * limit by what each has under way at that moment.
 */
export const inTurnOfBoth = <Answer>(
  { turns, readPosition, limits }: FriendshipPorts,
  a: UserId,
  b: UserId,
  command: () => Promise<Either<Failure, Done<Answer>>>,
): Promise<Either<Failure, Done<Answer>>> => {
  const counted = async () => {
    const outcome = await command();
    if (!isLeft(outcome) && outcome.right.position !== null)
      await readPosition.waitFor(outcome.right.position, limits.readWaitMs);
    return outcome;
  };
  const refused = Promise.resolve(left(UNAVAILABLE));
  // The lower first, always: else two pairs could wait for each other.
  const [low, high] = inOrder(a, b);
  return turns.take(low, () => turns.take(high, counted) ?? refused) ?? refused;
};

export const refuseFriendship = (rejection: FriendshipRejection): Failure => {
  switch (rejection.type) {
    case 'Oneself':
    case 'AlreadyFriends':
    case 'RequestPending':
      return INVALID;
    case 'NoSuchRequest':
      return NOT_FOUND;
  }
};
