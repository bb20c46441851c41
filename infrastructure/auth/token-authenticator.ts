// Authentication on the hot path: a token is verified once and its claims kept until expiry or revocation.
import { isLeft, left, right, type Either } from 'fp-ts/lib/Either.js';
import { LRUCache } from 'lru-cache';
import { type Clock } from '../../application/ports.ts';
import { type Authenticate, type Identity } from '../../application/session/authentication.ts';
import { type SessionVault } from '../../application/session/session-vault.ts';
import { type SessionId } from '../../domain/shared/ids.ts';
import { type Unauthenticated, type VerifyToken } from './tokens.ts';

export type Authenticator = {
  readonly authenticate: Authenticate;
  /** Forgets the session's tokens: called with each SessionRevoked, before anybody is told of it. */
  readonly revoke: (sessionId: SessionId) => void;
};

const UNAUTHENTICATED = left<Unauthenticated>({ type: 'Unauthenticated' });

/** Tokens of a session, so that revoking one session needs no look at all the others. */
const createTokenIndex = () => {
  const bySession = new Map<SessionId, Set<string>>();
  return {
    add: (token: string, { sessionId }: Identity): void => {
      const tokens = bySession.get(sessionId);
      if (tokens === undefined) bySession.set(sessionId, new Set([token]));
      else tokens.add(token);
    },
    remove: (token: string, { sessionId }: Identity): void => {
      const tokens = bySession.get(sessionId);
      tokens?.delete(token);
      if (tokens?.size === 0) bySession.delete(sessionId);
    },
    tokensOf: (sessionId: SessionId): readonly string[] => [...(bySession.get(sessionId) ?? [])],
  };
};

/** `cacheMax`: tokens kept; past it the least recently used is verified again when it comes back. */
export const createAuthenticator = ({
  verify,
  sessions,
  clock,
  cacheMax,
}: {
  readonly verify: VerifyToken;
  readonly sessions: Pick<SessionVault, 'find'>;
  readonly clock: Clock;
  readonly cacheMax: number;
}): Authenticator => {
  const index = createTokenIndex();
  const cache = new LRUCache<string, Identity>({
    max: cacheMax,
    dispose: (identity, token) => index.remove(token, identity),
  });
  // A burst of requests with one new token is one verification.
  const pending = new Map<string, Promise<Either<Unauthenticated, Identity>>>();
  let revocations = 0;

  const check = async (token: string): Promise<Either<Unauthenticated, Identity>> => {
    const verified = await verify(token);
    if (isLeft(verified)) return UNAUTHENTICATED;
    const identity = verified.right;
    const before = revocations;
    const session = await sessions.find(identity.sessionId);
    const lives = session !== null && !session.revoked && session.expiresAt > clock.now();
    if (!lives || session.userId !== identity.userId) return UNAUTHENTICATED;
    // A revocation that arrived while the vault was read may be of this session: not kept then, only asked again.
    if (revocations === before) {
      cache.set(token, identity);
      index.add(token, identity);
    }
    return verified;
  };

  const checkOnce = (token: string): Promise<Either<Unauthenticated, Identity>> => {
    const running = pending.get(token);
    if (running !== undefined) return running;
    const started = check(token).finally(() => {
      if (pending.get(token) === started) pending.delete(token);
    });
    pending.set(token, started);
    return started;
  };

  return {
    authenticate: async (token) => {
      const identity = cache.get(token);
      if (identity === undefined) return checkOnce(token);
      if (identity.expiresAt > clock.now()) return right(identity);
      cache.delete(token);
      return UNAUTHENTICATED;
    },
    revoke: (sessionId) => {
      revocations += 1;
      pending.clear(); // Who asks from now on must not share an answer begun before.
      for (const token of index.tokensOf(sessionId)) cache.delete(token);
    },
  };
};
