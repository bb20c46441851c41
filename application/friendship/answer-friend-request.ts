import { isLeft, left, right, type Either } from 'fp-ts/lib/Either.js';
import { friendshipDecider, type FriendshipCommand } from '../../domain/friendship/decider.ts';
import { FriendRequestId, type UserId } from '../../domain/shared/ids.ts';
import { type Asking } from '../command-ports.ts';
import { NOT_FOUND, type Failure } from '../failure.ts';
import { type Done } from '../ports.ts';
import {
  friendshipStream,
  inTurnOfBoth,
  refuseFriendship,
  type FriendshipPorts,
} from './friendships.ts';

/** A request id is compared as text: whatever it is, one that is not open is not there. */
export type AnswerFriendRequest<Answer> = (
  request: Asking & { readonly requestId: string },
) => Promise<Either<Failure, Done<Answer>>>;

export type AcceptFriendRequest = AnswerFriendRequest<{ readonly accepted: true }>;
export type DeleteFriendRequest = AnswerFriendRequest<undefined>;

type Parties = { readonly senderId: UserId; readonly recipientId: UserId };

const ACCEPTED = { accepted: true } as const;
const FULL: Failure = { type: 'QuotaExceeded' };

const partiesOf = async (
  { friends }: FriendshipPorts,
  requestId: string,
): Promise<{ readonly id: FriendRequestId; readonly parties: Parties } | null> => {
  if (!FriendRequestId.is(requestId)) return null;
  const parties = await friends.partiesOf(requestId);
  return parties === null ? null : { id: requestId, parties };
};

/** Decides over the pair's own stream; `mayAnswer` is asked first. */
const answer = async (
  { execute, states }: FriendshipPorts,
  { context }: Asking,
  { senderId, recipientId }: Parties,
  command: FriendshipCommand,
  mayAnswer: () => Promise<boolean>,
) => {
  const answered = await execute({
    decider: friendshipDecider,
    states,
    stream: friendshipStream(senderId, recipientId),
    prepare: async (state) => {
      const isRefused = isLeft(friendshipDecider.decide(command, state));
      return isRefused || (await mayAnswer()) ? right(command) : left(FULL);
    },
    refuse: refuseFriendship,
    context,
  });
  return isLeft(answered)
    ? answered
    : right({ answer: undefined, position: answered.right.position });
};

/** Makes the two friends, unless either has as many as one may have. */
export const createAcceptFriendRequest =
  (ports: FriendshipPorts): AcceptFriendRequest =>
  async (request) => {
    const { friends, clock, limits } = ports;
    const open = await partiesOf(ports, request.requestId);
    if (open === null) return left(NOT_FOUND);
    const { senderId, recipientId } = open.parties;
    const hasRoom = async () => {
      const counts = await Promise.all([senderId, recipientId].map(friends.countsOf));
      return counts.every((count) => count.friends < limits.friendsPerUserMax);
    };
    const data = { requestId: open.id, by: request.by, at: clock.now() };
    const command = { type: 'AcceptFriendRequest' as const, data };
    const outcome = await inTurnOfBoth(ports, senderId, recipientId, () =>
      answer(ports, request, open.parties, command, hasRoom),
    );
    return isLeft(outcome) ? outcome : right({ ...outcome.right, answer: ACCEPTED });
  };

/** Declines a request, or withdraws one's own. */
export const createDeleteFriendRequest =
  (ports: FriendshipPorts): DeleteFriendRequest =>
  async (request) => {
    const open = await partiesOf(ports, request.requestId);
    if (open === null) return left(NOT_FOUND);
    const data = { requestId: open.id, by: request.by, at: ports.clock.now() };
    const command = { type: 'DeleteFriendRequest' as const, data };
    const { senderId, recipientId } = open.parties;
    return inTurnOfBoth(ports, senderId, recipientId, () =>
      answer(ports, request, open.parties, command, () => Promise.resolve(true)),
    );
  };
