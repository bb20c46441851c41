import { createPool } from '../postgres/database.ts';
import { systemClock } from './clock-and-ids.ts';
import { startHousekeeping } from './housekeeping.ts';

const settled = () => new Promise(setImmediate);

const start = async (isOnDuty: boolean, work: (count: number) => Promise<void>) => {
  const pool = createPool({ url: 'postgres://127.0.0.1:1/none', name: 'none', max: 1 }); // Never asked
  let onDuty = isOnDuty;
  let count = 0;
  const failures: unknown[] = [];
  const { sweepNow, stop } = startHousekeeping(
    { pool, clock: systemClock },
    { maintain: () => Promise.resolve() },
    [() => work((count += 1))],
    () => onDuty,
    { warn: (line: unknown) => void failures.push(line), debug: () => {} },
  );
  await settled();
  return {
    ...{ sweepNow, failures },
    stop: async () => {
      await stop();
      await pool.end();
    },
    count: () => count,
    takeOver: () => {
      onDuty = true;
      sweepNow();
    },
  };
};

it('sweeps at the start where it is on duty, and elsewhere when it takes over', async () => {
  const leading = await start(true, () => Promise.resolve());
  const following = await start(false, () => Promise.resolve());
  expect([leading.count(), following.count()]).toEqual([1, 0]);
  following.sweepNow();
  await settled();
  expect(following.count()).toBe(0);
  following.takeOver();
  await settled();
  expect(following.count()).toBe(1);
  await leading.stop();
  await following.stop();
});

it('sweeps once more, however often it is asked while one sweep is under way', async () => {
  let letGo = () => {};
  const held = new Promise<void>((resolve) => (letGo = resolve));
  const { sweepNow, count, stop } = await start(true, (n) => (n === 1 ? held : Promise.resolve()));
  for (let times = 0; times < 5; times += 1) sweepNow();
  await settled();
  expect(count()).toBe(1);
  letGo();
  await settled();
  expect(count()).toBe(2);
  sweepNow();
  await settled();
  expect(count()).toBe(3);
  await stop();
});

it('goes on after a sweep that failed, and begins none once it is stopped', async () => {
  const failing = await start(true, (n) =>
    n === 1 ? Promise.reject(new Error('away')) : Promise.resolve(),
  );
  failing.sweepNow();
  await settled();
  expect([failing.failures.length, failing.count()]).toEqual([1, 2]);
  const stopped = failing.stop();
  failing.sweepNow();
  await stopped;
  await settled();
  expect(failing.count()).toBe(2);
});
