import fc from 'fast-check';
import { createRateLimiter } from './rate-limiter.ts';

const limiterAt = (perMinute: number, keysMax?: number) => {
  const clock = { ms: 0 };
  const limiter = createRateLimiter({
    perMinute,
    now: () => clock.ms,
    ...(keysMax !== undefined && { keysMax }),
  });
  return { clock, take: limiter.take };
};

describe('the rate limiter', () => {
  it('allows exactly its number at once and says how long to wait', () => {
    const { take } = limiterAt(60);
    expect(Array.from({ length: 60 }, () => take('a'))).toEqual(Array(60).fill(0));
    expect(take('a')).toBe(1);
    expect(take('b')).toBe(0);
  });

  it('refills at its full rate after a burst', () => {
    const { clock, take } = limiterAt(60);
    for (let i = 0; i < 60; i += 1) take('a');
    clock.ms = 30_000;
    expect(Array.from({ length: 31 }, () => take('a')).filter((wait) => wait === 0)).toHaveLength(
      30,
    );
  });

  it('tells a wait after which there is one', () => {
    const { clock, take } = limiterAt(1);
    take('a');
    const wait = take('a');
    expect(wait).toBe(60);
    clock.ms = wait * 1000;
    expect(take('a')).toBe(0);
  });

  it('forgets the longest idle key at its bound', () => {
    const { take } = limiterAt(1, 2);
    take('a');
    take('b');
    take('c');
    expect(take('a')).toBe(0);
    expect(take('c')).toBe(60);
  });

  it('never gives more than burst plus rate over any run', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 100 }),
        fc.array(fc.nat({ max: 5_000 }), { maxLength: 300 }),
        (perMinute, gaps) => {
          const { clock, take } = limiterAt(perMinute);
          const given = gaps.filter((gap) => {
            clock.ms += gap;
            return take('a') === 0;
          }).length;
          return given <= perMinute + (clock.ms * perMinute) / 60_000 + 1e-6;
        },
      ),
    );
  });
});
