import { left, right } from 'fp-ts/lib/Either.js';
import { type Username } from '../../domain/account/username.ts';
import { noon, userNo } from '../../domain/shared/testing/samples.ts';
import { type SessionId } from '../../domain/shared/ids.ts';
import { type Accounts } from '../account/accounts.ts';
import { type Position } from '../event-store/event-log.ts';
import { UNAUTHENTICATED } from '../failure.ts';
import { createSignInLock } from './sign-in-lock.ts';
import { signIn } from './sign-in.ts';

const PASSWORD = 'correct horse battery';
const context = { actor: 'system', correlationId: '00000000-0000-4000-8000-000000000000' };
const started = {
  tokens: { access_token: 'a', refresh_token: 'r', expires_in_secs: 900 },
  sessionId: '01J00000000000000000000001' as SessionId,
  position: '00000000000000000001' as Position,
};

/** Sign-in over one person, Ada, and an account that was reserved but never made; tells what it asked of whom. */
const scene = ({ full = false } = {}) => {
  const asked: string[] = [];
  const accounts: Accounts = {
    states: {
      get: () => Promise.reject(new Error('Sign-in does not ask this.')),
      peek: () => undefined,
      forget: () => {},
      apply: () => {},
    },
    account: () =>
      Promise.resolve({
        state: {
          userId: userNo(1),
          username: 'Ada',
          registeredAt: noon,
          aboutMarkdown: '',
          pictures: { avatar: null, banner: null },
          isErased: false,
        },
        revision: 0,
      }),
    accountStream: (userId) => `account-${userId}`,
    usernameStream: (name) => `username-${name}`,
    holder: (name: Username) => {
      asked.push('holder');
      const state =
        { ada: userNo(1), former: userNo(1), ghost: userNo(2) }[name.toLowerCase()] ?? null;
      return Promise.resolve({ state, revision: state === null ? -1 : 0 });
    },
  };
  const run = signIn({
    accounts,
    passwordVault: {
      phcOf: (userId) => {
        asked.push('hash');
        return Promise.resolve(userId === userNo(1) ? `phc of ${PASSWORD}` : null);
      },
      rehash: () => Promise.resolve(true),
    },
    passwords: {
      hash: () => Promise.resolve(right('phc')),
      verify: (phc, password) => {
        asked.push('work');
        return Promise.resolve(
          full
            ? left({ type: 'Unavailable', retryAfterSecs: 2 })
            : right(phc === `phc of ${password}`),
        );
      },
      isOutdated: () => false,
    },
    lock: createSignInLock(),
    startSession: () => Promise.resolve(right(started)),
    clock: { now: () => noon },
  });
  const as = (username: string, password = PASSWORD) => run({ username, password, context });
  return { as, asked };
};

describe('signing in', () => {
  it('starts a session for name and password', async () => {
    expect(await scene().as('aDa')).toEqual(right(started));
  });

  it.each([
    ['a wrong password', 'Ada', 'wrong password'],
    ['an unknown name', 'nobody', PASSWORD],
    ['a name that was reserved but never completed', 'ghost', PASSWORD],
    ['a name the person no longer bears', 'former', PASSWORD],
    ['no possible name', '?', PASSWORD],
    ['no possible password', 'Ada', 'short'],
  ])('does the same work and gives the same refusal for %s', async (_why, name, password) => {
    const { as, asked } = scene();
    expect(await as(name, password)).toEqual(left(UNAUTHENTICATED));
    expect(asked).toEqual(['holder', 'hash', 'work']);
  });

  it('does the same work for a locked name, whose right password is refused', async () => {
    const { as, asked } = scene();
    for (let i = 0; i < 5; i += 1) await as('Ada', 'wrong password');
    asked.length = 0;
    expect(await as('Ada')).toEqual(left(UNAUTHENTICATED));
    expect(asked).toEqual(['holder', 'hash', 'work']);
  });

  it('is unavailable when too many wait to be hashed, known name or not', async () => {
    const unavailable = left({ type: 'Unavailable', retryAfterSecs: 2 });
    expect(await scene({ full: true }).as('Ada')).toEqual(unavailable);
    expect(await scene({ full: true }).as('nobody')).toEqual(unavailable);
  });
});
