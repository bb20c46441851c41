import fc from 'fast-check';
import { createGentlePace, FULL_SPEED, REPLAY_PAGE } from './pace.ts';

/** A pace of which each wait is noted and none is waited for. */
const noted = () => {
  const waits: number[] = [];
  const pace = createGentlePace({
    ...{ pageMs: 10, restTimes: 3 },
    wait: (ms) => Promise.resolve(waits.push(ms)),
  });
  return { pace, waits };
};

describe('a gentle pace', () => {
  it('rests three times as long as it worked, and a second at the most', async () => {
    const { pace, waits } = noted();
    await pace.rest(50, 12);
    await pace.rest(50, 10_000);
    expect(waits).toEqual([36, 1_000]);
  });

  it('grows pages until they take as long as they may, at most doubling', async () => {
    const { pace } = noted();
    const first = pace.pageSize();
    await pace.rest(first, 1);
    expect(pace.pageSize()).toBe(2 * first);
    for (let n = 0; n < 10; n += 1) await pace.rest(pace.pageSize(), pace.pageSize() * 0.02);
    expect(pace.pageSize()).toBe(500); // At 20 µs an event
  });

  it('shrinks them at once where others need the machine', async () => {
    const { pace } = noted();
    for (let n = 0; n < 10; n += 1) await pace.rest(pace.pageSize(), 1);
    expect(pace.pageSize()).toBe(REPLAY_PAGE);
    await pace.rest(4_000, 400);
    expect(pace.pageSize()).toBe(100);
  });

  it('keeps pages within bounds whatever it is told', async () => {
    const step = fc.tuple(fc.nat(REPLAY_PAGE), fc.double({ min: 0, max: 1e6, noNaN: true }));
    await fc.assert(
      fc.asyncProperty(fc.array(step), async (steps) => {
        const { pace } = noted();
        for (const [events, tookMs] of steps) {
          await pace.rest(events, tookMs);
          const size = pace.pageSize();
          expect(Number.isInteger(size) && size >= 50 && size <= REPLAY_PAGE).toBe(true);
        }
      }),
    );
  });
});

it('is no pace at full speed', async () => {
  await FULL_SPEED.rest(4_000, 1e9);
  expect([FULL_SPEED.pageSize(), FULL_SPEED.readsAhead]).toEqual([REPLAY_PAGE, true]);
});
