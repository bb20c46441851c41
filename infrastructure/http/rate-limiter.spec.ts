import fc from 'fast-check';
import { createRateLimiter } from './rate-limiter.ts';

const MINUTE_MS = 60_000;

const limiterAt = (perMinute: number, keysMax?: number) => {
  const clock = { ms: 0 };
  const limiter = createRateLimiter({
    perMinute,
    now: () => clock.ms,
    ...(keysMax !== undefined && { keysMax }),
  });
  return { clock, ...limiter };
};

describe('the rate limiter', () => {
  it('allows exactly its number at once and says how long to wait', () => {
    const { take } = limiterAt(60);
    expect(Array.from({ length: 60 }, () => take('a'))).toEqual(Array(60).fill(0));
    expect(take('a')).toBe(60);
    expect(take('b')).toBe(0);
  });

  it('gives back what left the window, and no more', () => {
    const { clock, take } = limiterAt(4);
    for (const at of [0, 10_000, 20_000, 30_000]) {
      clock.ms = at;
      expect(take('a')).toBe(0);
    }
    clock.ms = 59_999;
    expect(take('a')).toBe(1);
    clock.ms = 60_000;
    expect([take('a'), take('a')]).toEqual([0, 10]);
    clock.ms = 90_000;
    expect([take('a'), take('a'), take('a'), take('a')]).toEqual([0, 0, 0, 30]);
  });

  it('tells a wait after which there is one', () => {
    const { clock, take } = limiterAt(1);
    take('a');
    const wait = take('a');
    expect(wait).toBe(60);
    clock.ms = wait * 1000;
    expect(take('a')).toBe(0);
  });

  it('does not count what it refuses', () => {
    const { clock, take } = limiterAt(1);
    take('a');
    clock.ms = 59_000;
    expect(take('a')).toBe(1);
    clock.ms = 60_000;
    expect(take('a')).toBe(0);
  });

  it('forgets the longest idle key at its bound, and only there', () => {
    const { take, size } = limiterAt(1, 2);
    take('a');
    take('b');
    expect([take('a'), size()]).toEqual([60, 2]);
    take('c');
    expect(size()).toBe(2);
    expect(take('a')).toBe(60);
    expect(take('b')).toBe(0);
  });

  it('drops keys that have been idle for the window', () => {
    const { clock, take, size } = limiterAt(5);
    for (let i = 0; i < 100; i += 1) take(`key ${i}`);
    clock.ms = MINUTE_MS;
    for (let i = 0; i < 20; i += 1) take('still here');
    expect(size()).toBe(1);
  });

  it('never gives more than its number in any window, and gives it all to the patient', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 50 }),
        fc.array(fc.nat({ max: 5_000 }), { maxLength: 300 }),
        (perMinute, gaps) => {
          const { clock, take } = limiterAt(perMinute);
          const given: number[] = [];
          for (const gap of gaps) {
            clock.ms += gap;
            const wait = take('a');
            if (wait === 0) given.push(clock.ms);
            // Refused only while so many are in the window, one part of it longer at most.
            else {
              const recent = given.filter((at) => at > clock.ms - MINUTE_MS - MINUTE_MS / 30);
              expect(recent.length).toBeGreaterThanOrEqual(perMinute);
            }
          }
          for (const start of given)
            expect(
              given.filter((at) => at >= start && at < start + MINUTE_MS).length,
            ).toBeLessThanOrEqual(perMinute);
        },
      ),
    );
  });
});
