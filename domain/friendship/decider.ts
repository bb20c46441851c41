import { left, right, type Either } from 'fp-ts/lib/Either.js';
import { type Decider } from '../shared/decider.ts';
import { type FriendRequestId, type UserId } from '../shared/ids.ts';
import { type Timestamp } from '../shared/timestamp.ts';
import { type FriendshipEvent } from './events.ts';

export type FriendRequest = {
  readonly requestId: FriendRequestId;
  readonly senderId: UserId;
  readonly recipientId: UserId;
  readonly at: Timestamp;
  readonly request: string | null; // Hash of the client's idempotency key
};

/** How two people stand to each other. */
export type Friendship = {
  readonly standing: 'strangers' | 'requested' | 'friends';
  readonly lastRequest: FriendRequest | null;
};

type Act = { readonly by: UserId; readonly at: Timestamp };
type AnswerRequest = Act & { readonly requestId: FriendRequestId };
export type FriendshipCommand =
  | { readonly type: 'RequestFriendship'; readonly data: FriendRequest }
  | { readonly type: 'AcceptFriendRequest'; readonly data: AnswerRequest }
  | { readonly type: 'DeleteFriendRequest'; readonly data: AnswerRequest }
  | {
      readonly type: 'RemoveFriend';
      readonly data: Act & { readonly friendId: UserId; readonly erased?: true };
    };

export type FriendshipRejection = {
  readonly type: 'Oneself' | 'AlreadyFriends' | 'RequestPending' | 'NoSuchRequest';
};

type Decision = Either<FriendshipRejection, readonly FriendshipEvent[]>;

const requestFriendship = (command: FriendRequest, friendship: Friendship): Decision => {
  const { request, ...data } = command;
  const { standing, lastRequest } = friendship;
  if (command.senderId === command.recipientId) return left({ type: 'Oneself' });
  const isRepeat = request !== null && lastRequest?.request === request;
  if (isRepeat && lastRequest.senderId === command.senderId) return right([]);
  if (standing === 'friends') return left({ type: 'AlreadyFriends' });
  if (standing === 'requested') return left({ type: 'RequestPending' });
  return right([
    { type: 'FriendRequested', data: { ...data, ...(request !== null && { request }) } },
  ]);
};

/** The request that is to be answered, if it is still open and this person may. */
const openRequest = (
  { requestId, by }: AnswerRequest,
  { standing, lastRequest }: Friendship,
  mayAnswer: 'recipient' | 'either',
): FriendRequest | null => {
  if (standing !== 'requested' || lastRequest?.requestId !== requestId) return null;
  const isTheirs = by === lastRequest.recipientId;
  return isTheirs || (mayAnswer === 'either' && by === lastRequest.senderId) ? lastRequest : null;
};

const decide = (command: FriendshipCommand, friendship: Friendship): Decision => {
  switch (command.type) {
    case 'RequestFriendship':
      return requestFriendship(command.data, friendship);
    case 'AcceptFriendRequest': {
      const open = openRequest(command.data, friendship, 'recipient');
      if (open === null) return left({ type: 'NoSuchRequest' });
      const { requestId, senderId, recipientId } = open;
      const data = { requestId, senderId, recipientId, at: command.data.at };
      return right([{ type: 'FriendRequestAccepted', data }]);
    }
    case 'DeleteFriendRequest': {
      const open = openRequest(command.data, friendship, 'either');
      if (open === null) return left({ type: 'NoSuchRequest' });
      const { requestId, senderId, recipientId } = open;
      const { by, at } = command.data;
      const data = { requestId, senderId, recipientId, by, at };
      return right([{ type: 'FriendRequestDeleted', data }]);
    }
    case 'RemoveFriend': {
      const { data } = command;
      if (data.by === data.friendId) return left({ type: 'Oneself' });
      return right(friendship.standing === 'friends' ? [{ type: 'FriendRemoved', data }] : []);
    }
  }
};

const evolve = (friendship: Friendship, { type, data }: FriendshipEvent): Friendship => {
  switch (type) {
    case 'FriendRequested':
      return { standing: 'requested', lastRequest: { ...data, request: data.request ?? null } };
    case 'FriendRequestAccepted':
      return { ...friendship, standing: 'friends' };
    case 'FriendRequestDeleted':
    case 'FriendRemoved':
      return { ...friendship, standing: 'strangers' };
  }
};

export const friendshipDecider: Decider<
  FriendshipCommand,
  Friendship,
  FriendshipEvent,
  FriendshipRejection
> = { initialState: { standing: 'strangers', lastRequest: null }, decide, evolve };
