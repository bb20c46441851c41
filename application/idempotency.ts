// A client's promise that requests with one key are one request (invariant I8).
import { createHash } from 'node:crypto';
import { isLeft } from 'fp-ts/lib/Either.js';
import type * as t from 'io-ts';
import { type UserId } from '../domain/shared/ids.ts';
import { type Timestamp } from '../domain/shared/timestamp.ts';
import { type IdempotencyReservation } from './event-store/event-log.ts';

const sha256 = (...parts: readonly unknown[]): Buffer =>
  createHash('sha256').update(JSON.stringify(parts)).digest();

/**
 * What goes with the append so that a repeat is recognised; undefined without a key. `content` is all that makes the
 * request what it is, ids of its path included: the same key with other content is refused. It is hashed with the key,
 * which only the client knows, so that the fingerprint of a short text does not give it away.
 */
export const reserve = ({
  by,
  operation,
  key,
  content,
  result,
  at,
  idempotencySecs,
}: {
  readonly by: UserId;
  readonly operation: string;
  readonly key: string | null;
  readonly content: readonly unknown[];
  readonly result: Readonly<Record<string, string>>; // Ids and closed words only, never content
  readonly at: Timestamp;
  readonly idempotencySecs: number;
}): IdempotencyReservation | undefined =>
  key === null
    ? undefined
    : {
        keyHash: sha256(by, operation, key),
        fingerprint: sha256(key, content),
        result: JSON.stringify(result),
        expiresAt: at + idempotencySecs * 1000,
      };

/** Reads back what a first request left. It is of our own making, so anything else is a bug. */
export const readResult = <Result>(codec: t.Type<Result, unknown>, result: string): Result => {
  const decoded = codec.decode(JSON.parse(result));
  if (isLeft(decoded)) throw new Error('A stored idempotency result has another shape.');
  return decoded.right;
};
