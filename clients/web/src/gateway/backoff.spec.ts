import { backoffMs } from './backoff.ts';

describe('backoff', () => {
  it('doubles from half a second to half a minute', () => {
    expect([0, 1, 2, 3, 20].map((attempt) => backoffMs(attempt, () => 1))).toEqual([
      500, 1000, 2000, 4000, 30_000,
    ]);
  });

  it('spreads tries over the upper half of the wait', () => {
    expect(backoffMs(4, () => 0)).toBe(4000);
    expect(backoffMs(4, () => 0.5)).toBe(6000);
  });
});
