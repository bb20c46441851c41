import { isLeft, left } from 'fp-ts/lib/Either.js';
import * as t from 'io-ts';
import { Accepted } from '../../application/contract/answers.ts';
import { closed } from '../../application/contract/closed.ts';
import {
  FriendList,
  FriendRequestList,
  SentFriendRequest,
} from '../../application/contract/friend-answers.ts';
import { INVALID } from '../../application/failure.ts';
import {
  type AcceptFriendRequest,
  type DeleteFriendRequest,
} from '../../application/friendship/answer-friend-request.ts';
import {
  type ListFriendRequests,
  type ListFriends,
} from '../../application/friendship/list-friends.ts';
import { type RemoveFriend } from '../../application/friendship/remove-friend.ts';
import { type RequestFriendship } from '../../application/friendship/request-friendship.ts';
import { CrockfordUserId, text, userId } from './path-params.ts';
import { answered, route, type Route } from './route.ts';

export type FriendRoutesPorts = {
  readonly listFriends: ListFriends;
  readonly removeFriend: RemoveFriend;
  readonly requestFriendship: RequestFriendship;
  readonly listFriendRequests: ListFriendRequests;
  readonly acceptFriendRequest: AcceptFriendRequest;
  readonly deleteFriendRequest: DeleteFriendRequest;
};

const requestRoutes = (ports: FriendRoutesPorts): readonly Route[] => [
  route({
    method: 'GET',
    url: '/friends/requests',
    auth: 'bearer',
    summary: 'Requests nobody has answered, received and sent, newest first.',
    answer: FriendRequestList,
    failures: [],
    handle: async ({ identity }) => answered(await ports.listFriendRequests(identity.userId)),
  }),
  route({
    method: 'POST',
    url: '/friends/requests',
    auth: 'bearer',
    summary: 'Asks a person to be your friend.',
    answer: SentFriendRequest,
    failures: ['invalid_request', 'not_found', 'quota_exceeded'],
    body: closed({ recipient_user_id: t.string }, {}),
    handle: async ({ identity, body, idempotencyKey, context }) => {
      const recipientId = CrockfordUserId.decode(body.recipient_user_id);
      if (isLeft(recipientId)) return left(INVALID);
      return ports.requestFriendship({
        by: identity.userId,
        recipientId: recipientId.right,
        idempotencyKey,
        context,
      });
    },
  }),
  route({
    method: 'POST',
    url: '/friends/requests/:requestId/accept',
    auth: 'bearer',
    summary: 'Accepts a request that was sent to you.',
    answer: Accepted,
    failures: ['not_found', 'quota_exceeded'],
    params: { requestId: text },
    handle: ({ identity, params, idempotencyKey, context }) =>
      ports.acceptFriendRequest({ by: identity.userId, ...params, idempotencyKey, context }),
  }),
  route({
    method: 'DELETE',
    url: '/friends/requests/:requestId',
    auth: 'bearer',
    summary: 'Declines a request that was sent to you, or withdraws one of yours.',
    answer: null,
    failures: ['not_found'],
    params: { requestId: text },
    status: 204,
    handle: ({ identity, params, idempotencyKey, context }) =>
      ports.deleteFriendRequest({ by: identity.userId, ...params, idempotencyKey, context }),
  }),
];

/** Friends and requests to be one (base contract 2.4). */
export const friendRoutes = (ports: FriendRoutesPorts): readonly Route[] => [
  route({
    method: 'GET',
    url: '/friends',
    auth: 'bearer',
    summary: 'Your friends, newest first.',
    answer: FriendList,
    failures: [],
    handle: async ({ identity }) => answered(await ports.listFriends(identity.userId)),
  }),
  route({
    method: 'DELETE',
    url: '/friends/:friendId',
    auth: 'bearer',
    summary: 'Ends a friendship; also answered so where there is none.',
    answer: null,
    failures: [],
    params: { friendId: userId },
    status: 204,
    handle: ({ identity, params, idempotencyKey, context }) =>
      ports.removeFriend({ by: identity.userId, ...params, idempotencyKey, context }),
  }),
  ...requestRoutes(ports),
];
