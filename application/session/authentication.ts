import { type Either } from 'fp-ts/lib/Either.js';
import { type SessionId, type UserId } from '../../domain/shared/ids.ts';
import { type Timestamp } from '../../domain/shared/timestamp.ts';

/** Who a valid, unexpired, unrevoked access token speaks for. */
export type Identity = {
  readonly userId: UserId;
  readonly sessionId: SessionId;
  readonly username: string;
  readonly expiresAt: Timestamp;
};

/** Verifies an access token; every cause of failure looks the same. Cached per token until expiry or revocation. */
export type Authenticate = (
  accessToken: string,
) => Promise<Either<{ readonly type: 'Unauthenticated' }, Identity>>;
