import fc from 'fast-check';
import { isLeft, isRight, left } from 'fp-ts/lib/Either.js';
import { type UserId } from '../../domain/shared/ids.ts';
import { INVALID, UNAUTHENTICATED } from '../failure.ts';
import { userNo } from '../../domain/shared/testing/samples.ts';
import { accountWorld, atOnce } from './testing/account-world.ts';

const NAMES = ['Ada', 'Bob', 'Cyd', 'Dan'];

const registered = async (world: ReturnType<typeof accountWorld>, name: string) => {
  await world.register(`password of ${name}`, name);
  const userId = world.holderOf(name);
  if (userId === null) throw new Error('not registered');
  return userId;
};

describe('changing a profile', () => {
  it('takes a new name and gives the old one back', async () => {
    const world = accountWorld(atOnce);
    const ada = await registered(world, 'Ada');
    expect(await world.update(ada, { username: 'Countess' })).toMatchObject({
      right: { answer: { user_id: ada, username: 'Countess' } },
    });
    expect([world.holderOf('countess'), world.holderOf('ada')]).toEqual([ada, null]);
    const bob = await registered(world, 'ADA');
    expect(world.nameOf(bob)).toBe('ADA');
  });

  it('writes a name in another case without taking anything', async () => {
    const world = accountWorld(atOnce);
    const ada = await registered(world, 'Ada');
    expect(isRight(await world.update(ada, { username: 'aDA' }))).toBe(true);
    expect([world.nameOf(ada), world.holderOf('ada')]).toEqual(['aDA', ada]);
  });

  it('refuses a name that is borne, whatever its case, and keeps both', async () => {
    const world = accountWorld(atOnce);
    const [ada, bob] = [await registered(world, 'Ada'), await registered(world, 'Bob')];
    expect(await world.update(bob, { username: 'ADA', aboutMarkdown: 'hi' })).toEqual(
      left(INVALID),
    );
    expect([world.holderOf('ada'), world.holderOf('bob')]).toEqual([ada, bob]);
    expect(world.nameOf(bob)).toBe('Bob');
  });

  it.each([
    {},
    { username: 'ab' },
    { username: 'a b c' },
    { aboutMarkdown: 'x'.repeat(21) },
    { username: 'Good_name', aboutMarkdown: 'a\0b' },
  ])('refuses %j', async (change) => {
    const world = accountWorld(atOnce);
    const ada = await registered(world, 'Ada');
    expect(await world.update(ada, change)).toEqual(left(INVALID));
  });

  it('is for those who have an account', async () => {
    expect(await accountWorld(atOnce).update(userNo(9), { aboutMarkdown: 'x' })).toEqual(
      left(UNAUTHENTICATED),
    );
  });

  it('gives a name that a dead change left reserved to the next who wants it', async () => {
    let dies = false;
    let writes = 0;
    const world = accountWorld((access) => {
      const answer = access();
      writes += 1;
      return dies && writes > 3 ? Promise.reject(new Error('died')) : Promise.resolve(answer);
    });
    const ada = await registered(world, 'Ada');
    const bob = await registered(world, 'Bob');
    dies = true;
    writes = 0;
    await expect(world.update(ada, { username: 'Cyd' })).rejects.toThrow('died');
    dies = false;
    expect([world.nameOf(ada), world.holderOf('cyd')]).toEqual(['Ada', ada]);
    expect(isRight(await world.update(bob, { username: 'cyd' }))).toBe(true);
    expect([world.nameOf(bob), world.holderOf('cyd')]).toEqual(['cyd', bob]);
    expect(isLeft(await world.update(ada, { username: 'Cyd' }))).toBe(true);
  });

  it('does not give back a name that its owner has meanwhile taken again', async () => {
    const RELEASE = 6; // The access by which a change gives back the old name
    let accesses = 0;
    let letGo = () => {};
    const held = new Promise<void>((resolve) => (letGo = resolve));
    const world = accountWorld(async (access) => {
      accesses += 1;
      if (accesses === RELEASE) await held;
      return access();
    });
    accesses = -100;
    const ada = await registered(world, 'Ada');
    accesses = 0;
    const away = world.update(ada, { username: 'Cyd' });
    while (accesses < RELEASE) await Promise.resolve();
    expect(isRight(await world.update(ada, { username: 'Ada' }))).toBe(true);
    letGo();
    expect(isRight(await away)).toBe(true);
    expect([world.nameOf(ada), world.holderOf('ada')]).toEqual(['Ada', ada]);
  });

  it('never gives one name to two people, nor takes anyone’s, however many race and die', async () => {
    const act = fc.record({
      person: fc.nat(2),
      name: fc.constantFrom(...NAMES),
      registers: fc.boolean(),
    });
    await fc.assert(
      fc.asyncProperty(
        fc.scheduler(),
        fc.array(act, { minLength: 2, maxLength: 6 }),
        fc.array(fc.integer({ min: -30, max: 30 }), { maxLength: 3 }),
        async (scheduler, acts, lives) => {
          let steps = 0;
          let isRacing = false;
          const deaths = new Set(lives);
          const world = accountWorld(async (access) => {
            if (!isRacing) return access();
            await scheduler.schedule(Promise.resolve());
            steps += 1;
            if (deaths.has(steps)) throw new Error('died');
            const answer = access();
            // Some die after what they wrote is there, and before they hear of it.
            if (deaths.has(-steps)) throw new Error('died');
            return answer;
          });
          const people: UserId[] = [];
          for (const name of NAMES.slice(0, 3)) people.push(await registered(world, name));
          isRacing = true;
          const racing = acts.map(({ person, name, registers }) =>
            registers
              ? world.register('the password', name)
              : world.update(people[person]!, { username: name }),
          );
          const outcomes = await scheduler.waitFor(Promise.allSettled(racing));
          isRacing = false;
          const borne = world
            .accountIds()
            .map((userId) => ({ userId, name: world.nameOf(userId)! }));
          const canonical = borne.map(({ name }) => name.toLowerCase());
          expect(new Set(canonical).size).toBe(canonical.length);
          for (const { userId, name } of borne) expect(world.holderOf(name)).toBe(userId);
          expect(outcomes.length).toBe(acts.length);
          // Whatever was left behind, every name that nobody bears can be had.
          for (const name of ['Ada', 'Bob', 'Cyd', 'Dan'])
            if (!canonical.includes(name.toLowerCase())) {
              const bearer = await registered(world, name);
              expect(world.nameOf(bearer)).toBe(name);
            }
        },
      ),
      { numRuns: 400 },
    );
  });
});
