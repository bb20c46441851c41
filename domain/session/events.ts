import * as t from 'io-ts';
import { eventKind, type EventOf } from '../shared/event-kind.ts';
import { SessionId, UserId } from '../shared/ids.ts';
import { Timestamp } from '../shared/timestamp.ts';

export const SessionStarted = eventKind(
  'SessionStarted',
  1,
  t.strict({ sessionId: SessionId, userId: UserId, at: Timestamp }),
);

export const RevocationReason = t.union([
  t.literal('logout'),
  t.literal('replay'),
  t.literal('expiry'),
  t.literal('operator'),
  t.literal('password_change'),
]);
export type RevocationReason = t.TypeOf<typeof RevocationReason>;

export const SessionRevoked = eventKind(
  'SessionRevoked',
  1,
  t.strict({ sessionId: SessionId, userId: UserId, reason: RevocationReason, at: Timestamp }),
);

export const SESSION_EVENTS = [SessionStarted, SessionRevoked] as const;
export type SessionEvent = EventOf<(typeof SESSION_EVENTS)[number]>;
