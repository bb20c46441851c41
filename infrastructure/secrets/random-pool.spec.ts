import { pooledRandomBytes } from './random-pool.ts';

describe('pooled random bytes', () => {
  it('never gives the same bytes twice', () => {
    const seen = new Set(
      Array.from({ length: 5000 }, (_, n) =>
        pooledRandomBytes(n % 2 === 0 ? 12 : 32).toString('hex'),
      ),
    );
    expect(seen.size).toBe(5000);
  });

  it('gives as many as asked, up to the whole pool', () => {
    for (const count of [1, 12, 32, 8192]) expect(pooledRandomBytes(count)).toHaveLength(count);
  });
});
