import { isLeft, left, right, type Either } from 'fp-ts/lib/Either.js';
import { friendshipDecider } from '../../domain/friendship/decider.ts';
import { type UserId } from '../../domain/shared/ids.ts';
import { type Asking } from '../command-ports.ts';
import { INVALID, type Failure } from '../failure.ts';
import { type Done } from '../ports.ts';
import {
  friendshipStream,
  inTurnOfBoth,
  refuseFriendship,
  type FriendshipPorts,
} from './friendships.ts';

export type RemoveFriend = (
  request: Asking & { readonly friendId: UserId },
) => Promise<Either<Failure, Done<undefined>>>;

/** Ends a friendship; also right where there is none. */
export const createRemoveFriend =
  (ports: FriendshipPorts): RemoveFriend =>
  ({ by, friendId, context }) => {
    if (by === friendId) return Promise.resolve(left(INVALID)); // Nobody waits for themselves.
    const { execute, states, clock } = ports;
    const data = { by, friendId, at: clock.now() };
    return inTurnOfBoth(ports, by, friendId, async () => {
      const removed = await execute({
        decider: friendshipDecider,
        states,
        stream: friendshipStream(by, friendId),
        prepare: () => Promise.resolve(right({ type: 'RemoveFriend' as const, data })),
        refuse: refuseFriendship,
        context,
      });
      if (isLeft(removed)) return removed;
      return right({ answer: undefined, position: removed.right.position });
    });
  };
