import fc from 'fast-check';
import { isRight } from 'fp-ts/lib/Either.js';
import { accountWorld, atOnce } from './testing/account-world.ts';

describe('registering', () => {
  it('writes name, account and password', async () => {
    const { register, passwordOf } = accountWorld(atOnce);
    expect(isRight(await register('password of ada'))).toBe(true);
    expect(passwordOf('ada')).toBe('phc of password of ada');
  });

  it('changes nothing for a name that is taken, whatever its case', async () => {
    const { register, passwordOf, accountsMade } = accountWorld(atOnce);
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
          const { register, passwordOf, accountsMade, passwordsKept } = accountWorld(
            async (access) => {
              await scheduler.schedule(Promise.resolve());
              steps += 1;
              if (deaths.has(steps)) throw new Error('died');
              return access();
            },
          );
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
