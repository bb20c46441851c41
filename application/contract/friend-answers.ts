// Shapes of friends and requests (base contract 2.4).
import * as t from 'io-ts';
import { FriendRequestId, UserId } from '../../domain/shared/ids.ts';

export const Friend = t.strict({ user_id: UserId, username: t.string, created_at_unix: t.Int });
export type Friend = t.TypeOf<typeof Friend>;
export const FriendList = t.strict({ friends: t.readonlyArray(Friend) });
export type FriendList = t.TypeOf<typeof FriendList>;

/** What who asks for friendship is answered: without names, which they know. */
export const SentFriendRequest = t.strict({
  request_id: FriendRequestId,
  sender_user_id: UserId,
  recipient_user_id: UserId,
  created_at_unix: t.Int,
});
export type SentFriendRequest = t.TypeOf<typeof SentFriendRequest>;

export const FriendRequest = t.strict({
  request_id: FriendRequestId,
  sender_user_id: UserId,
  sender_username: t.string,
  recipient_user_id: UserId,
  recipient_username: t.string,
  created_at_unix: t.Int,
});
export type FriendRequest = t.TypeOf<typeof FriendRequest>;
export const FriendRequestList = t.strict({
  incoming: t.readonlyArray(FriendRequest),
  outgoing: t.readonlyArray(FriendRequest),
});
export type FriendRequestList = t.TypeOf<typeof FriendRequestList>;
