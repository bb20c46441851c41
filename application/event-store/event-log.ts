// The port of the log: one totally ordered, durable, append-only sequence of stored events.
import { type TaskEither } from 'fp-ts/lib/TaskEither.js';

/**
 * An opaque place in the log. Fixed-width text, so that string comparison is the order on every adapter
 * (PostgreSQL: 20 digits; KurrentDB: commit and prepare, 40 digits). START is before the first event.
 */
export type Position = string & { readonly isPosition: true };

/** `no_stream`: must not exist; `any`: no check; a number: exactly this last revision. */
export type ExpectedRevision = 'no_stream' | 'any' | number;

export type StoredEvent = {
  readonly eventId: string; // UUID
  readonly type: string; // Without version, e.g. `MessagePosted`
  readonly version: number;
  readonly scope: string | null; // `g:<guild>`, `u:<user>`: the routing key of those it concerns
  readonly actor: string; // `user:<id>`, `system`, `operator`
  readonly correlationId: string; // UUID of the request
  readonly causationId: string | null; // UUID of the causing event
  readonly payload: string; // The exact JSON, sealed fields as ciphertext
};

export type RecordedStoredEvent = StoredEvent & {
  readonly position: Position;
  readonly stream: string;
  readonly revision: number; // 0-based within the stream
  readonly recordedAt: number; // Unix ms of the log's clock, non-decreasing along the log
};

/**
 * What a command writes to the vault together with its events: in the same transaction on the PostgreSQL log, before them
 * on KurrentDB. Nothing of it ever enters the log.
 */
export type VaultWrite =
  | { readonly kind: 'data_key'; readonly scope: string; readonly salt: Buffer } // 32 random bytes
  | { readonly kind: 'password'; readonly userId: string; readonly phc: string }
  | {
      readonly kind: 'session';
      readonly sessionId: string;
      readonly userId: string;
      readonly refreshHash: Buffer; // SHA-256 of the whole refresh token
      readonly expiresAt: number; // Unix ms
    }
  | { readonly kind: 'session_revoked'; readonly sessionId: string }
  | {
      readonly kind: 'ip_ban';
      readonly banId: string;
      readonly guildId: string;
      readonly addressKey: string; // Keyed hash in hex; never the address
      readonly expiresAt: number | null; // Unix ms
    }
  | { readonly kind: 'ip_ban_lifted'; readonly banId: string };

/** A client's promise that requests with this key are one request (invariant I8). */
export type IdempotencyReservation = {
  readonly keyHash: Buffer; // SHA-256 over user, route and key
  readonly fingerprint: Buffer; // SHA-256 of the request's content
  readonly result: string; // Small JSON of ids from which the first answer can be given again; never content
  readonly expiresAt: number; // Unix ms
};

export type Append = {
  readonly stream: string;
  readonly expected: ExpectedRevision;
  readonly events: readonly StoredEvent[]; // At least one
  readonly vault?: readonly VaultWrite[];
  readonly idempotency?: IdempotencyReservation;
};

export type Appended = {
  readonly position: Position; // Of the last event
  readonly firstRevision: number;
  readonly recordedAt: number;
};

export type AppendFailure =
  | { readonly type: 'WrongExpectedRevision'; readonly actual: number | 'no_stream' }
  /** The same key was used before by the same request: nothing was written, here is what the first one made. */
  | { readonly type: 'AlreadyDone'; readonly result: string; readonly position: Position }
  /** The same key was used before by another request. */
  | { readonly type: 'IdempotencyKeyReused' }
  /** A text was to be sealed under a scope whose key was destroyed: what it belonged to is erased and stays so. */
  | { readonly type: 'Erased' }
  /** The queue is full, the database is away or the deadline passed; safe to retry with the same event ids. */
  | { readonly type: 'LogUnavailable'; readonly reason: string };

export type EventLog = {
  readonly start: Position;
  /** Appends atomically to one stream; resolves after the events are durable. Retries inside are idempotent by event id. */
  readonly append: (append: Append) => TaskEither<AppendFailure, Appended>;
  /** Events of one stream from a revision, ascending (or descending), at most `limit`. */
  readonly readStream: (
    stream: string,
    options?: { readonly from?: number; readonly limit?: number; readonly backwards?: boolean },
  ) => Promise<readonly RecordedStoredEvent[]>;
  /** The first `limit` events of each of these streams, stream by stream: of many at the price of one read. */
  readonly readStreams: (
    streams: readonly string[],
    limit: number,
  ) => Promise<readonly RecordedStoredEvent[]>;
  /**
   * The first `limit` events strictly after a position, in log order: fewer when there are no more. With a filter only
   * those of some categories (the part of a stream name before the first `-`) or of some types; not both.
   */
  readonly readAll: (
    after: Position,
    limit: number,
    filter?: { readonly categories?: readonly string[]; readonly types?: readonly string[] },
  ) => Promise<readonly RecordedStoredEvent[]>;
  /** The events at these positions, in log order; a position without an event gives nothing. */
  readonly readAt: (positions: readonly Position[]) => Promise<readonly RecordedStoredEvent[]>;
  /**
   * Every event strictly after a position, in order, in batches: first those stored, then live, with no gap and no
   * duplicate. Ends when the signal aborts. Survives a lost database by reconnecting.
   */
  readonly subscribe: (
    after: Position,
    options: { readonly signal: AbortSignal; readonly batchMax?: number },
  ) => AsyncIterable<readonly RecordedStoredEvent[]>;
  /** The position of the last event, START when empty. */
  readonly head: () => Promise<Position>;
  readonly close: () => Promise<void>;
};
