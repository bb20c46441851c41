import * as t from 'io-ts';
import { freshDatabase, type TestDatabase } from '../testing/database.ts';
import { createPool, inTransaction, queryRows } from './database.ts';
import { requireDurable, unsafeSettings } from './durability.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await freshDatabase();
  await database.pool.query('CREATE TABLE things (n int PRIMARY KEY)');
});
afterAll(() => database.drop());

it('survives the loss of idle and of busy connections', async () => {
  const lost: Error[] = [];
  const onError = (error: Error): void => void lost.push(error);
  const pool = createPool({ url: database.url, name: 'lost', max: 2, onError });
  const busy = pool.query('SELECT pg_sleep(20)');
  await pool.query('SELECT 1');
  const refused = expect(busy).rejects.toThrow('terminat');
  while (lost.length === 0) {
    await database.pool.query(
      "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'filament lost'",
    );
  }
  await refused;
  expect((await pool.query('SELECT 1 AS n')).rows).toEqual([{ n: 1 }]);
  await pool.end();
});

it('bounds a statement', async () => {
  const pool = createPool({ url: database.url, name: 'slow', max: 1, statementTimeoutMs: 50 });
  await expect(pool.query('SELECT pg_sleep(20)')).rejects.toThrow('statement timeout');
  await pool.end();
});

it('keeps all of a transaction or nothing', async () => {
  const { pool } = database;
  const insert = (numbers: readonly number[]): Promise<void> =>
    inTransaction(pool, async (connection) => {
      for (const n of numbers) await connection.query('INSERT INTO things VALUES ($1)', [n]);
    });
  await insert([1, 2]);
  await expect(insert([3, 1])).rejects.toThrow('duplicate key');
  const rows = await queryRows(pool, t.type({ n: t.number }), 'SELECT n FROM things ORDER BY n');
  expect(rows).toEqual([{ n: 1 }, { n: 2 }]);
});

it('refuses a row that is not as expected without showing what is in it', async () => {
  const rows = queryRows(database.pool, t.type({ n: t.number }), "SELECT 'secret' AS n");
  await expect(rows).rejects.toThrow('A row is not as expected: .n');
  await expect(rows).rejects.not.toThrow('secret');
});

it('refuses settings that could lose what was acknowledged', async () => {
  await requireDurable(database.pool);
  const pool = createPool({ url: database.url, name: 'unsafe', max: 1 });
  await pool.query('SET synchronous_commit = off');
  expect(await unsafeSettings(pool)).toEqual(['synchronous_commit']);
  await expect(requireDurable(pool)).rejects.toThrow('turn on synchronous_commit');
  await requireDurable(pool, { allowUnsafe: true });
  await pool.end();
});
