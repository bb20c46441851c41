import fc from 'fast-check';
import { isRight, left, right } from 'fp-ts/lib/Either.js';
import { type Id, type UserId } from '../../domain/shared/ids.ts';
import { noon, userNo } from '../../domain/shared/testing/samples.ts';
import { type AppendFailure, type Position } from '../event-store/event-log.ts';
import { type AppendEvents, type EventStore, type Recorded } from '../event-store/event-store.ts';
import { type NewId } from '../ports.ts';
import { createAccounts } from './accounts.ts';
import { registerAccount } from './register-account.ts';

const context = { actor: 'system', correlationId: '00000000-0000-4000-8000-000000000000' };
const position = '00000000000000000001' as Position;

/** Streams and password hashes, with each access passing `step`, which may reorder accesses or die. */
const world = (step: <A>(access: () => A) => Promise<A>) => {
  const streams = new Map<string, Recorded[]>();
  const passwords = new Map<string, string>();
  const write = ({ stream, expected, events, vault = [] }: AppendEvents) => {
    const written = streams.get(stream) ?? [];
    const actual = written.length === 0 ? 'no_stream' : written.length - 1;
    const lost: AppendFailure = { type: 'WrongExpectedRevision', actual };
    if (expected !== actual) return left(lost);
    const meta = { stream, position } as Recorded['meta'];
    const recorded = events.map((event, i) => ({
      ...event,
      meta: { ...meta, revision: written.length + i },
    }));
    streams.set(stream, [...written, ...recorded]);
    for (const item of vault) if (item.kind === 'password') passwords.set(item.userId, item.phc);
    return right({ position, firstRevision: written.length, recordedAt: noon });
  };
  const store: Pick<EventStore, 'append' | 'load'> = {
    append: (append) => () => step(() => write(append)),
    load: (stream) => step(() => streams.get(stream) ?? []),
  };
  let ids = 0;
  const nextId = (): string => userNo((ids += 1));
  const newId: NewId = <Kind extends string>() => nextId() as Id<Kind>;
  const accounts = createAccounts({ store, usernameStream: (name) => `username-${name}` });
  const register = registerAccount({
    accounts,
    store,
    passwords: {
      hash: (password) => Promise.resolve(right(`phc of ${password}`)),
      verify: () => Promise.resolve(right(false)),
      isOutdated: () => false,
    },
    verifyCaptcha: null,
    clock: { now: () => noon },
    newId,
  });
  return {
    register: (password: string, username = 'Ada') =>
      register({ username, password, captchaToken: null, clientAddress: null, context }),
    /** The password that signs in under a name: that of the account its stream leads to. */
    passwordOf: (name: string): string | undefined => {
      const reserved = streams.get(`username-${name}`)?.[0]?.data as { userId: UserId } | undefined;
      const userId = reserved?.userId ?? '';
      return streams.has(`account-${userId}`) ? passwords.get(userId) : undefined;
    },
    accountsMade: () =>
      [...streams.keys()].filter((stream) => stream.startsWith('account-')).length,
    passwordsKept: () => passwords.size,
  };
};

const at = <A>(access: () => A): Promise<A> => Promise.resolve(access());

describe('registering', () => {
  it('writes name, account and password', async () => {
    const { register, passwordOf } = world(at);
    expect(isRight(await register('password of ada'))).toBe(true);
    expect(passwordOf('ada')).toBe('phc of password of ada');
  });

  it('changes nothing for a name that is taken, whatever its case', async () => {
    const { register, passwordOf, accountsMade } = world(at);
    await register('password of ada');
    expect(isRight(await register('password of eve', 'ADA'))).toBe(true);
    expect(passwordOf('ada')).toBe('phc of password of ada');
    expect(accountsMade()).toBe(1);
  });

  it('makes one whole account, however many race and wherever some of them die', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.scheduler(),
        fc.array(fc.nat({ max: 6 }), { minLength: 1, maxLength: 5 }),
        async (scheduler, lives) => {
          let steps = 0;
          const deaths = new Set(lives);
          const { register, passwordOf, accountsMade, passwordsKept } = world(async (access) => {
            await scheduler.schedule(Promise.resolve());
            steps += 1;
            if (deaths.has(steps)) throw new Error('died');
            return access();
          });
          const racing = Promise.allSettled(lives.map((_, i) => register(`password number ${i}`)));
          await scheduler.waitFor(racing);
          // Whatever was left behind, the next one finds a name that is taken or completes it.
          deaths.clear();
          const before = passwordOf('ada');
          const last = register('the last password');
          expect(isRight(await scheduler.waitFor(last))).toBe(true);
          expect(passwordOf('ada')).toBe(before ?? 'phc of the last password');
          expect([accountsMade(), passwordsKept()]).toEqual([1, 1]);
        },
      ),
      { numRuns: 300 },
    );
  });
});
