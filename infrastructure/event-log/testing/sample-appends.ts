// Appends for tests of the log.
import { createHash, randomUUID } from 'node:crypto';
import {
  type Append,
  type IdempotencyReservation,
  type StoredEvent,
} from '../../../application/event-store/event-log.ts';

export const noon = Date.UTC(2026, 0, 1, 12);

export const sampleEvent = (overrides: Partial<StoredEvent> = {}): StoredEvent => ({
  eventId: randomUUID(),
  type: 'MessagePosted',
  version: 1,
  scope: 'g:1',
  actor: 'user:1',
  correlationId: randomUUID(),
  causationId: null,
  payload: '{"content":"box"}',
  ...overrides,
});

export const sampleAppend = (stream: string, overrides: Partial<Append> = {}): Append => ({
  stream,
  expected: 'any',
  events: [sampleEvent()],
  ...overrides,
});

const sha256 = (text: string): Buffer => createHash('sha256').update(text).digest();

/** A promise that lasts an hour from now, since the log goes by its own clock. */
export const sampleReservation = (
  key: string,
  content: string,
  overrides: Partial<IdempotencyReservation> = {},
): IdempotencyReservation => ({
  keyHash: sha256(key),
  fingerprint: sha256(content),
  result: `{"made":"${content}"}`,
  expiresAt: Date.now() + 3_600_000,
  ...overrides,
});
