// Between two people, in a stream of the pair. Ids only: names are looked up when shown, so nothing here needs sealing.
import * as t from 'io-ts';
import { eventKind, type EventOf } from '../shared/event-kind.ts';
import { FriendRequestId, UserId } from '../shared/ids.ts';
import { Timestamp } from '../shared/timestamp.ts';

const request = { requestId: FriendRequestId, senderId: UserId, recipientId: UserId };

export const FriendRequested = eventKind(
  'FriendRequested',
  1,
  t.exact(
    t.intersection([
      t.type({ ...request, at: Timestamp }),
      // Hash of the client's idempotency key, by which a repeat of the request is told from a second one.
      t.partial({ request: t.string }),
    ]),
  ),
);
export const FriendRequestAccepted = eventKind(
  'FriendRequestAccepted',
  1,
  t.strict({ ...request, at: Timestamp }),
);
/** Withdrawn when by the sender, declined when by the recipient. */
export const FriendRequestDeleted = eventKind(
  'FriendRequestDeleted',
  1,
  t.strict({ ...request, by: UserId, at: Timestamp }),
);
export const FriendRemoved = eventKind(
  'FriendRemoved',
  1,
  t.exact(
    t.intersection([
      t.type({ by: UserId, friendId: UserId, at: Timestamp }),
      t.partial({ erased: t.literal(true) }), // Because the account of who ended it was erased
    ]),
  ),
);

export const FRIENDSHIP_EVENTS = [
  FriendRequested,
  FriendRequestAccepted,
  FriendRequestDeleted,
  FriendRemoved,
] as const;
export type FriendshipEvent = EventOf<(typeof FRIENDSHIP_EVENTS)[number]>;
