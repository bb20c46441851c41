import { freshDatabase, type TestDatabase } from '../testing/database.ts';
import { whileLocked } from './advisory-lock.ts';

const LOCK = `7399, hashtext('spec')`;
const PATIENCE_MS = 30_000;

let database: TestDatabase;
beforeAll(async () => {
  database = await freshDatabase();
});
afterAll(() => database.drop());

const held = () => {
  let release = (): void => {};
  const until = new Promise<void>((resolve) => {
    release = resolve;
  });
  return { until, release };
};

it('is one at a time: others wait as long as their patience lasts', async () => {
  const { pool } = database;
  const first = held();
  const order: string[] = [];
  let begin = (): void => {};
  const begun = new Promise<void>((resolve) => {
    begin = resolve;
  });
  const one = whileLocked(pool, { lock: LOCK }, async () => {
    begin();
    await first.until;
    order.push('one');
    return 1;
  });
  await begun;
  expect(await whileLocked(pool, { lock: LOCK }, () => Promise.resolve(2))).toBeNull();
  const three = whileLocked(pool, { lock: LOCK, patienceMs: PATIENCE_MS }, () => {
    order.push('three');
    return Promise.resolve(3);
  });
  expect(await whileLocked(pool, { lock: '7399, 1' }, () => Promise.resolve(4))).toBe(4);
  first.release();
  expect(await Promise.all([one, three])).toEqual([1, 3]);
  expect(order).toEqual(['one', 'three']);
});

it('is free again when the work fails', async () => {
  const { pool } = database;
  const failing = whileLocked(pool, { lock: LOCK }, () => Promise.reject(new Error('no')));
  await expect(failing).rejects.toThrow('no');
  const again = { lock: LOCK, patienceMs: PATIENCE_MS };
  expect(await whileLocked(pool, again, () => Promise.resolve('yes'))).toBe('yes');
});
