import { isLeft, isRight, right } from 'fp-ts/lib/Either.js';
import { hash } from 'argon2';
import { createBoundedQueue, createPasswords } from './passwords.ts';

const limits = { argonConcurrency: 2, argonQueueMax: 8 };
const cheap = { memoryKib: 1024, timeCost: 2, limits };

describe('passwords', () => {
  it('are hashed as Argon2id with the parameters set', async () => {
    const { hash, verify } = createPasswords(cheap);
    const phc = await hash('correct horse battery');
    if (isLeft(phc)) throw new Error('hashing was refused');
    expect(phc.right).toMatch(/^\$argon2id\$v=19\$m=1024,p=1,t=2\$/);
    expect(await verify(phc.right, 'correct horse battery')).toEqual(right(true));
    expect(await verify(phc.right, 'correct horse batterx')).toEqual(right(false));
  });

  it('match nobody without a hash or with one that is unreadable', async () => {
    const { verify } = createPasswords(cheap);
    expect(await verify(null, 'no password is ever compared with this one')).toEqual(right(false));
    expect(await verify('$argon2id$nonsense', 'x')).toEqual(right(false));
    expect(await verify('', '')).toEqual(right(false));
  });

  it('are outdated when made with less', async () => {
    const { isOutdated } = createPasswords({ ...cheap, memoryKib: 2048 });
    const weak = await hash('x', { memoryCost: 1024, timeCost: 2, parallelism: 1 });
    const enough = await hash('x', { memoryCost: 2048, timeCost: 2, parallelism: 1 });
    expect([isOutdated(weak), isOutdated(enough)]).toEqual([true, false]);
  });

  it('are refused past the bound of the queue, and taken again after it', async () => {
    const { hash } = createPasswords({
      ...cheap,
      limits: { argonConcurrency: 1, argonQueueMax: 1 },
    });
    const outcomes = await Promise.all(['a', 'b', 'c'].map((password) => hash(password)));
    expect(outcomes.map(isRight)).toEqual([true, true, false]);
    expect(outcomes[2]).toMatchObject({ left: { type: 'Unavailable', retryAfterSecs: 2 } });
    expect(isRight(await hash('d'))).toBe(true);
  });
});

describe('the bounded queue', () => {
  it('runs no more at once than it may, all in order, also after a failure', async () => {
    const queue = createBoundedQueue({ concurrency: 2, waitingMax: 10 });
    let running = 0;
    let most = 0;
    const started: number[] = [];
    const work = (n: number) => async () => {
      started.push(n);
      running += 1;
      most = Math.max(most, running);
      await new Promise(setImmediate);
      running -= 1;
      if (n === 1) throw new Error('one fails');
      return n;
    };
    const outcomes = await Promise.allSettled([0, 1, 2, 3, 4].map(async (n) => queue(work(n))));
    expect(outcomes.map(({ status }) => status)).toEqual([
      'fulfilled',
      'rejected',
      'fulfilled',
      'fulfilled',
      'fulfilled',
    ]);
    expect(most).toBe(2);
    expect(started).toEqual([0, 1, 2, 3, 4]);
  });
});
