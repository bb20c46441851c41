import { type Recorded } from '../../application/event-store/event-store.ts';
import { type Projector } from '../projector.ts';
import {
  deleteKind,
  insertKind,
  projectByRows,
  replaceKind,
  type RowChanges,
} from '../row-changes.ts';

// A friendship is two rows, one for each side, so that a person's friends stand together.
const CREATE_TABLES = `
  CREATE TABLE {schema}.friends (
    user_id   text COLLATE "C" NOT NULL,
    friend_id text COLLATE "C" NOT NULL,
    since     bigint NOT NULL, -- Unix ms
    PRIMARY KEY (user_id, friend_id)
  );
  CREATE TABLE {schema}.friend_requests (
    request_id   text COLLATE "C" PRIMARY KEY,
    sender_id    text COLLATE "C" NOT NULL,
    recipient_id text COLLATE "C" NOT NULL,
    sent_at      bigint NOT NULL -- Unix ms
  );`;

const REQUEST = ['request_id', 'text'] as const;
const PAIR = [
  ['user_id', 'text'],
  ['friend_id', 'text'],
] as const;

const REQUESTED = insertKind('friend_requests', [
  REQUEST,
  ['sender_id', 'text'],
  ['recipient_id', 'text'],
  ['sent_at', 'bigint'],
]);
const ANSWERED = deleteKind('friend_requests', [REQUEST]);
const BEFRIENDED = replaceKind('friends', 2, [...PAIR, ['since', 'bigint']]);
const PARTED = deleteKind('friends', PAIR);

const TAKES = [
  'FriendRequested',
  'FriendRequestAccepted',
  'FriendRequestDeleted',
  'FriendRemoved',
] as const;
type Taken = Extract<Recorded, { readonly type: (typeof TAKES)[number] }>;

const bothWays = (a: string, b: string): readonly (readonly [string, string])[] => [
  [a, b],
  [b, a],
];

const change = (changes: RowChanges, event: Taken): void => {
  switch (event.type) {
    case 'FriendRequested': {
      const { requestId, senderId, recipientId, at } = event.data;
      changes.add(REQUESTED, { key: requestId, row: [requestId, senderId, recipientId, at] });
      return;
    }
    case 'FriendRequestAccepted': {
      const { requestId, senderId, recipientId, at } = event.data;
      changes.add(ANSWERED, { key: requestId, row: [requestId] });
      for (const pair of bothWays(senderId, recipientId))
        changes.add(BEFRIENDED, { key: pair.join(':'), row: [...pair, at] });
      return;
    }
    case 'FriendRequestDeleted': {
      const { requestId } = event.data;
      changes.add(ANSWERED, { key: requestId, row: [requestId] });
      return;
    }
    case 'FriendRemoved':
      for (const pair of bothWays(event.data.by, event.data.friendId))
        changes.add(PARTED, { key: pair.join(':'), row: pair });
  }
};

/** Who is whose friend, and who has asked to be. */
export const friendshipsProjector: Projector = {
  name: 'friendships',
  version: 1,
  tables: ['friends', 'friend_requests'],
  createTables: CREATE_TABLES,
  createIndexes: `
    CREATE INDEX friend_requests_sender ON {schema}.friend_requests (sender_id);
    CREATE INDEX friend_requests_recipient ON {schema}.friend_requests (recipient_id);`,
  keepSealed: [],
  ...projectByRows(TAKES, change),
};
