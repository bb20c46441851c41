import * as t from 'io-ts';
import { Friend, FriendRequest } from '../../application/contract/friend-answers.ts';
import { type FriendReader } from '../../application/friendship/friend-reader.ts';
import { UserId } from '../../domain/shared/ids.ts';
import { type ReadModelQuery, type ReadStatement } from '../read-model.ts';

const FRIENDS: ReadStatement<Friend> = {
  name: 'friends_of',
  sql: `SELECT f.friend_id AS user_id, a.username, (f.since / 1000)::float8 AS created_at_unix
    FROM rm_friendships.friends f JOIN rm_accounts.accounts a ON a.user_id = f.friend_id
    WHERE f.user_id = $1 AND a.username IS NOT NULL
    ORDER BY f.since DESC, f.friend_id DESC LIMIT $2`,
  row: Friend,
};

const requestsWhere = (side: 'sender_id' | 'recipient_id') =>
  `SELECT r.request_id, r.sender_id AS sender_user_id, s.username AS sender_username,
      r.recipient_id AS recipient_user_id, p.username AS recipient_username,
      (r.sent_at / 1000)::float8 AS created_at_unix
    FROM rm_friendships.friend_requests r
    JOIN rm_accounts.accounts s ON s.user_id = r.sender_id
    JOIN rm_accounts.accounts p ON p.user_id = r.recipient_id
    WHERE r.${side} = $1 AND s.username IS NOT NULL AND p.username IS NOT NULL
    ORDER BY r.sent_at DESC, r.request_id DESC LIMIT $2`;
const RECEIVED: ReadStatement<FriendRequest> = {
  name: 'friend_requests_received',
  sql: requestsWhere('recipient_id'),
  row: FriendRequest,
};
const SENT: ReadStatement<FriendRequest> = {
  name: 'friend_requests_sent',
  sql: requestsWhere('sender_id'),
  row: FriendRequest,
};

const Counts = t.type({ friends: t.Int, sent: t.Int, received: t.Int });
const COUNTS: ReadStatement<t.TypeOf<typeof Counts>> = {
  name: 'friend_counts',
  sql: `SELECT
    (SELECT count(*) FROM rm_friendships.friends WHERE user_id = $1)::integer AS friends,
    (SELECT count(*) FROM rm_friendships.friend_requests WHERE sender_id = $1)::integer AS sent,
    (SELECT count(*) FROM rm_friendships.friend_requests WHERE recipient_id = $1)::integer
      AS received`,
  row: Counts,
};

const Parties = t.type({ sender_id: UserId, recipient_id: UserId });
const PARTIES: ReadStatement<t.TypeOf<typeof Parties>> = {
  name: 'friend_request_parties',
  sql: `SELECT sender_id, recipient_id FROM rm_friendships.friend_requests WHERE request_id = $1`,
  row: Parties,
};

const FriendIdRow = t.type({ friend_id: UserId });
const FRIEND_IDS: ReadStatement<t.TypeOf<typeof FriendIdRow>> = {
  name: 'friend_ids_of',
  sql: `SELECT friend_id FROM rm_friendships.friends WHERE user_id = $1
    ORDER BY friend_id LIMIT $2`,
  row: FriendIdRow,
};

const NONE = { friends: 0, sent: 0, received: 0 };

export const createFriendReader = ({
  query,
}: {
  readonly query: ReadModelQuery;
}): FriendReader => ({
  friendsOf: (userId, limit) => query(FRIENDS, [userId, limit]),
  receivedBy: (userId, limit) => query(RECEIVED, [userId, limit]),
  sentBy: (userId, limit) => query(SENT, [userId, limit]),
  countsOf: async (userId) => (await query(COUNTS, [userId]))[0] ?? NONE,
  partiesOf: async (requestId) => {
    const [found] = await query(PARTIES, [requestId]);
    return found === undefined
      ? null
      : { senderId: found.sender_id, recipientId: found.recipient_id };
  },
  friendIdsOf: async (userId, limit) =>
    (await query(FRIEND_IDS, [userId, limit])).map(({ friend_id }) => friend_id),
});
