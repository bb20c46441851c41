import { freshDatabase, type TestDatabase } from '../testing/database.ts';
import { createPool } from './database.ts';
import { migrate, type Migration } from './migrations.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await freshDatabase();
});
afterAll(() => database.drop());

const TABLES: readonly Migration[] = [
  { id: 'try-1-table', sql: 'CREATE SCHEMA try; CREATE TABLE try.things (n int);' },
  { id: 'try-2-row', sql: 'INSERT INTO try.things VALUES (1)' },
];

it('applies each migration once when many processes start at once', async () => {
  const pools = [1, 2, 3, 4].map((n) =>
    createPool({ url: database.url, name: `starter ${n}`, max: 2 }),
  );
  const applied = await Promise.all(pools.map((pool) => migrate(pool, TABLES)));
  await Promise.all(pools.map((pool) => pool.end()));
  expect(applied.flat().sort()).toEqual(['try-1-table', 'try-2-row']);
  expect((await database.pool.query('SELECT n FROM try.things')).rows).toEqual([{ n: 1 }]);
});

it('applies only what is new', async () => {
  const more = [...TABLES, { id: 'try-3-row', sql: 'INSERT INTO try.things VALUES (2)' }];
  expect(await migrate(database.pool, more)).toEqual(['try-3-row']);
  expect(await migrate(database.pool, more)).toEqual([]);
});

it('leaves nothing of a migration that fails', async () => {
  const bad = { id: 'try-4-bad', sql: 'CREATE TABLE try.half (n int); SELECT 1 / 0;' };
  await expect(migrate(database.pool, [bad])).rejects.toThrow('division by zero');
  const half = await database.pool.query("SELECT to_regclass('try.half') AS half");
  expect(half.rows).toEqual([{ half: null }]);
});
