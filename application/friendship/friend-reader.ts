import { type FriendRequestId, type UserId } from '../../domain/shared/ids.ts';
import { type Friend, type FriendRequest } from '../contract/friend-answers.ts';

/** Of one person: how many there are of each, which the limits are about. */
export type FriendCounts = {
  readonly friends: number;
  readonly sent: number; // Requests nobody has answered
  readonly received: number;
};

/** Friends and open requests as the read model has them; lists are newest first and leave out who was erased. */
export type FriendReader = {
  readonly friendsOf: (userId: UserId, limit: number) => Promise<readonly Friend[]>;
  readonly receivedBy: (userId: UserId, limit: number) => Promise<readonly FriendRequest[]>;
  readonly sentBy: (userId: UserId, limit: number) => Promise<readonly FriendRequest[]>;
  readonly countsOf: (userId: UserId) => Promise<FriendCounts>;
  /** Between whom an open request is; null when there is none of this id. */
  readonly partiesOf: (
    requestId: FriendRequestId,
  ) => Promise<{ readonly senderId: UserId; readonly recipientId: UserId } | null>;
  /** For who hears of what: the ids alone. */
  readonly friendIdsOf: (userId: UserId, limit: number) => Promise<readonly UserId[]>;
};
