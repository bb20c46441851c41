import { type UserId } from '../../domain/shared/ids.ts';
import { type FriendList, type FriendRequestList } from '../contract/friend-answers.ts';
import { type Limits } from '../limits.ts';
import { type FriendReader } from './friend-reader.ts';

type Ports = {
  readonly friends: FriendReader;
  readonly limits: Pick<Limits, 'friendsPerUserMax' | 'friendRequestsPendingMax'>;
};

export const createListFriends =
  ({ friends, limits }: Ports) =>
  async (userId: UserId): Promise<FriendList> => ({
    friends: await friends.friendsOf(userId, limits.friendsPerUserMax),
  });
export type ListFriends = ReturnType<typeof createListFriends>;

export const createListFriendRequests =
  ({ friends, limits: { friendRequestsPendingMax } }: Ports) =>
  async (userId: UserId): Promise<FriendRequestList> => {
    const [incoming, outgoing] = await Promise.all([
      friends.receivedBy(userId, friendRequestsPendingMax),
      friends.sentBy(userId, friendRequestsPendingMax),
    ]);
    return { incoming, outgoing };
  };
export type ListFriendRequests = ReturnType<typeof createListFriendRequests>;
