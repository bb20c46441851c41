// The secret half of sessions: refresh tokens and their rotation live in the vault only, never in the log (invariant I5).
import { type SessionId, type UserId } from '../../domain/shared/ids.ts';
import { type Timestamp } from '../../domain/shared/timestamp.ts';
import { type VaultWrite } from '../event-store/event-log.ts';

/** What a sign-in hands out: append SessionStarted with `write`, then answer with `refreshToken`. */
export type FreshSession = {
  readonly sessionId: SessionId;
  readonly refreshToken: string; // `<session ULID>.<43 characters base64url>`, shown once
  readonly tokenId: string; // `jti` of the access token issued with it
  readonly expiresAt: Timestamp; // Sliding: each refresh renews it, up to the absolute limit
  readonly write: VaultWrite & { readonly kind: 'session' };
};

/** A new pair; a repeat of the very same request is given exactly the same values, so it can be answered identically. */
export type RotatedSession = {
  readonly sessionId: SessionId;
  readonly userId: UserId;
  readonly refreshToken: string;
  readonly tokenId: string;
  readonly issuedAt: Timestamp; // `iat` of the access token: the same for a repeat
  readonly expiresAt: Timestamp;
};

export type Rotation =
  | ({ readonly type: 'Rotated' } & RotatedSession)
  /** The same Idempotency-Key within a minute, and nobody has used the answer yet: a lost answer strands no one. */
  | ({ readonly type: 'Repeated' } & RotatedSession)
  /**
   * A token that was already exchanged: somebody has a copy. The vault has revoked the session in the same statement;
   * the caller appends SessionRevoked (`replay`) so that sockets and caches hear of it, and answers Unauthenticated.
   * May be reported again; a lost race for the append means it is already recorded.
   */
  | { readonly type: 'Replayed'; readonly sessionId: SessionId; readonly userId: UserId }
  /** Malformed, unknown, expired or revoked: Unauthenticated, with nothing to do. */
  | { readonly type: 'Refused' };

export type SessionState = {
  readonly sessionId: SessionId;
  readonly userId: UserId;
  readonly startedAt: Timestamp;
  readonly refreshedAt: Timestamp | null; // Null: never refreshed since sign-in
  readonly expiresAt: Timestamp;
  readonly revoked: boolean;
};

export type SessionVault = {
  /** Makes the secret of a new session; writes nothing. */
  readonly begin: (request: {
    readonly sessionId: SessionId;
    readonly userId: UserId;
    readonly now: Timestamp;
  }) => FreshSession;
  /** Exchanges a refresh token for the next one, atomically; of any number of concurrent tries at most one is Rotated. */
  readonly rotate: (request: {
    readonly refreshToken: string;
    readonly idempotencyKey: string | null;
    readonly now: Timestamp;
  }) => Promise<Rotation>;
  /**
   * The session whose current refresh token this is, revoked or expired ones included (signing out twice is answered
   * alike); null for a token that is malformed, unknown or no longer current.
   */
  readonly holderOf: (refreshToken: string) => Promise<SessionState | null>;
  readonly find: (sessionId: SessionId) => Promise<SessionState | null>;
  /** Sessions neither revoked nor expired at `now`, oldest first, at most `limit`: for the list and for the cap. */
  readonly liveSessions: (request: {
    readonly userId: UserId;
    readonly now: Timestamp;
    readonly limit: number;
  }) => Promise<readonly SessionState[]>;
};
