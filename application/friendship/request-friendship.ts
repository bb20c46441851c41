import { isLeft, left, right, type Either } from 'fp-ts/lib/Either.js';
import type * as t from 'io-ts';
import { friendshipDecider } from '../../domain/friendship/decider.ts';
import { type UserId } from '../../domain/shared/ids.ts';
import { unixSeconds } from '../../domain/shared/timestamp.ts';
import { type AccountReader } from '../account/account-reader.ts';
import { type Accounts } from '../account/accounts.ts';
import { type Asking } from '../command-ports.ts';
import { type SentFriendRequest } from '../contract/friend-answers.ts';
import { INVALID, type Failure } from '../failure.ts';
import { reserve } from '../idempotency.ts';
import { type Done, type NewId } from '../ports.ts';
import {
  friendshipStream,
  inTurnOfBoth,
  refuseFriendship,
  type FriendshipPorts,
} from './friendships.ts';

export type RequestFriendship = (
  request: Asking & { readonly recipientId: UserId },
) => Promise<Either<Failure, Done<t.OutputOf<typeof SentFriendRequest>>>>;

const FULL: Failure = { type: 'QuotaExceeded' };

type Ports = FriendshipPorts & {
  readonly people: Pick<AccountReader, 'lookup'>;
  readonly accounts: Pick<Accounts, 'account'>;
  readonly newId: NewId;
};

const exists = async ({ people, accounts }: Ports, userId: UserId): Promise<boolean> => {
  if ((await people.lookup([userId])).length > 0) return true;
  // Who registered a moment ago may not be in the read model yet.
  const { state } = await accounts.account(userId);
  return state !== null && state.username !== null;
};

const hasRoom = async (
  { friends, limits }: Ports,
  senderId: UserId,
  recipientId: UserId,
): Promise<boolean> => {
  const [sender, recipient] = await Promise.all([
    friends.countsOf(senderId),
    friends.countsOf(recipientId),
  ]);
  return (
    sender.sent < limits.friendRequestsPendingMax &&
    recipient.received < limits.friendRequestsPendingMax &&
    Math.max(sender.friends, recipient.friends) < limits.friendsPerUserMax
  );
};

export const createRequestFriendship = (ports: Ports): RequestFriendship => {
  const { execute, states, clock, limits, newId } = ports;

  const send = async ({
    by,
    recipientId,
    idempotencyKey,
    context,
  }: Parameters<RequestFriendship>[0]) => {
    const at = clock.now();
    const requestId = newId<'FriendRequest'>();
    const idempotency = reserve({
      by,
      operation: 'request_friendship',
      key: idempotencyKey,
      content: [recipientId],
      result: { requestId },
      at,
      idempotencySecs: limits.idempotencySecs,
    });
    const request = idempotency?.keyHash.toString('hex') ?? null;
    const data = { requestId, senderId: by, recipientId, at, request };
    const command = { type: 'RequestFriendship' as const, data };
    const requested = await execute({
      decider: friendshipDecider,
      states,
      stream: friendshipStream(by, recipientId),
      prepare: async (state) => {
        // What the pair's own state refuses or knows already comes before any limit.
        const decided = friendshipDecider.decide(command, state);
        if (isLeft(decided) || decided.right.length === 0) return right(command);
        return (await hasRoom(ports, by, recipientId)) ? right(command) : left(FULL);
      },
      refuse: refuseFriendship,
      context,
      idempotency,
    });
    if (isLeft(requested)) return requested;
    const { position } = requested.right;
    // Under this key something was asked of this very pair, and the pair's state is newer than that.
    const { state } =
      requested.right.type === 'Executed'
        ? requested.right
        : await states.get(friendshipStream(by, recipientId));
    const { lastRequest } = state;
    if (lastRequest === null) throw new Error('A request that was made is not in its stream.');
    return right({
      answer: {
        request_id: lastRequest.requestId,
        sender_user_id: lastRequest.senderId,
        recipient_user_id: lastRequest.recipientId,
        created_at_unix: unixSeconds(lastRequest.at),
      },
      position,
    });
  };

  return async (request) => {
    const { by, recipientId } = request;
    if (by === recipientId || !(await exists(ports, recipientId))) return left(INVALID);
    return inTurnOfBoth(ports, by, recipientId, () => send(request));
  };
};
