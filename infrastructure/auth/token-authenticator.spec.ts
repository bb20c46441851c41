import { isRight, left, right } from 'fp-ts/lib/Either.js';
import { type SessionState } from '../../application/session/session-vault.ts';
import { type SessionId, type UserId } from '../../domain/shared/ids.ts';
import { type Timestamp } from '../../domain/shared/timestamp.ts';
import { createAuthenticator } from './token-authenticator.ts';

const userId = '01J00000000000000000000VSR' as UserId;
const sessionOf = (token: string) => `01J00000000000000000000${token}` as SessionId;
const UNAUTHENTICATED = left({ type: 'Unauthenticated' as const });

const setUp = ({ cacheMax = 10 } = {}) => {
  let now = 0;
  let verifications = 0;
  const revoked = new Set<SessionId>();
  const state = (sessionId: SessionId): SessionState => ({
    sessionId,
    userId,
    startedAt: 0 as Timestamp,
    refreshedAt: null,
    expiresAt: 1_000 as Timestamp,
    revoked: revoked.has(sessionId),
  });
  // Reads the state at once and answers later, as a database does.
  let answer = Promise.resolve();
  const find = async (sessionId: SessionId) => {
    const read = state(sessionId);
    await answer;
    return read;
  };
  const authenticator = createAuthenticator({
    verify: (token) => {
      verifications += 1;
      const identity = { userId, sessionId: sessionOf(token), username: 'Ada' };
      return Promise.resolve(
        token === 'BAD' ? UNAUTHENTICATED : right({ ...identity, expiresAt: 500 as Timestamp }),
      );
    },
    sessions: { find },
    clock: { now: () => now as Timestamp },
    cacheMax,
  });
  const passes = async (token: string) => isRight(await authenticator.authenticate(token));
  return {
    passes,
    verifications: () => verifications,
    at: (time: number) => (now = time),
    holdAnswers: () => {
      let release = () => {};
      answer = new Promise<void>((resolve) => (release = resolve));
      return release;
    },
    revokeInVault: (token: string) => revoked.add(sessionOf(token)),
    revoke: (token: string) => {
      revoked.add(sessionOf(token));
      authenticator.revoke(sessionOf(token));
    },
  };
};

describe('the authenticator', () => {
  it('verifies a token once', async () => {
    const { passes, verifications } = setUp();
    expect(await Promise.all([passes('AAA'), passes('AAA')])).toEqual([true, true]);
    expect(await passes('AAA')).toBe(true);
    expect(verifications()).toBe(1);
  });

  it('lets nobody in by a bad token, and keeps none', async () => {
    const { passes, verifications } = setUp();
    expect([await passes('BAD'), await passes('BAD')]).toEqual([false, false]);
    expect(verifications()).toBe(2);
  });

  it('forgets a token when it expires', async () => {
    const { passes, at } = setUp();
    expect(await passes('AAA')).toBe(true);
    at(500);
    expect(await passes('AAA')).toBe(false);
  });

  it('forgets the tokens of a revoked session and no others', async () => {
    const { passes, revoke, verifications } = setUp();
    await passes('AAA');
    await passes('BBB');
    revoke('AAA');
    expect([await passes('AAA'), await passes('BBB')]).toEqual([false, true]);
    expect(verifications()).toBe(3);
  });

  it('asks the vault about a token it has not seen', async () => {
    const { passes, revokeInVault } = setUp();
    revokeInVault('AAA');
    expect(await passes('AAA')).toBe(false);
  });

  it('lets nobody in whose session has ended though the token has not', async () => {
    const { passes, at } = setUp();
    at(1_000);
    expect(await passes('AAA')).toBe(false);
  });

  it('keeps nothing that was read before a revocation', async () => {
    const { passes, revoke, holdAnswers } = setUp();
    const release = holdAnswers();
    const early = passes('AAA');
    await Promise.resolve(); // The vault has been read; its answer is under way.
    await Promise.resolve();
    revoke('AAA');
    const late = passes('AAA');
    release();
    await early;
    expect(await late).toBe(false);
    expect(await passes('AAA')).toBe(false);
  });

  it('keeps a bounded number of tokens', async () => {
    const { passes, verifications } = setUp({ cacheMax: 2 });
    for (const token of ['AAA', 'BBB', 'CCC']) await passes(token);
    await passes('CCC');
    expect(verifications()).toBe(3);
    await passes('AAA');
    expect(verifications()).toBe(4);
  });
});
