import * as t from 'io-ts';
import { eventKind, type EventOf } from '../shared/event-kind.ts';
import { UserId } from '../shared/ids.ts';
import { Sealed } from '../shared/sealed.ts';
import { Timestamp } from '../shared/timestamp.ts';

const accountScope = ({ userId }: { readonly userId: UserId }) => `account:${userId}`;

export const AccountRegistered = eventKind(
  'AccountRegistered',
  1,
  t.strict({ userId: UserId, username: Sealed, at: Timestamp }),
  { username: accountScope },
);

// The stream is named after a keyed hash of the canonical name, so the events need not repeat the name.
export const UsernameReserved = eventKind(
  'UsernameReserved',
  1,
  t.strict({ userId: UserId, at: Timestamp }),
);
export const UsernameReleased = eventKind(
  'UsernameReleased',
  1,
  t.strict({ userId: UserId, at: Timestamp }),
);

export const ACCOUNT_EVENTS = [AccountRegistered] as const;
export const USERNAME_EVENTS = [UsernameReserved, UsernameReleased] as const;
export type AccountEvent = EventOf<(typeof ACCOUNT_EVENTS)[number]>;
export type UsernameEvent = EventOf<(typeof USERNAME_EVENTS)[number]>;
