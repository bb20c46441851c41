// What somebody can do with SQL, who has the database but not the keys.
import { createPostgresLog } from '../event-log/postgres/postgres-log.ts';
import { LOG_MIGRATIONS } from '../event-log/postgres/migrations.ts';
import { type EventLog } from '../../application/event-store/event-log.ts';
import { migrate } from '../postgres/migrations.ts';
import { freshDatabase, type TestDatabase } from '../testing/database.ts';
import { VAULT_MIGRATIONS } from '../vault/migrations.ts';
import { type Verdict } from './log-verifier.ts';
import {
  everything,
  fill,
  freshKeys,
  INSTALLATION,
  removeKeyFolders,
  sealAll,
  verify,
} from './testing/sealed-log.ts';

let database: TestDatabase;
let log: EventLog;
let keys: readonly string[];
let last: NonNullable<Verdict['lastSeal']>;

const run = (sql: string) => database.pool.query(sql);
const check = async (expected: readonly string[] = [last.hash]) =>
  verify(await everything(log), { keys, installation: INSTALLATION, expected }).finding;

beforeAll(async () => {
  database = await freshDatabase();
  await migrate(database.pool, [...LOG_MIGRATIONS, ...VAULT_MIGRATIONS]);
  log = createPostgresLog({ url: database.url, pool: database.pool, queueMax: 1_000 });
  const signing = freshKeys();
  await fill(log, 20);
  await sealAll(log, signing, 10);
  keys = (await signing.read()).map(({ publicKey }) => publicKey);
  last = verify(await everything(log), { keys }).lastSeal!;
  await run('ALTER TABLE log.events DISABLE TRIGGER ALL');
  await run('CREATE TABLE public.kept AS SELECT * FROM log.events');
});
afterEach(async () => {
  await run('DELETE FROM log.events');
  await run('INSERT INTO log.events SELECT * FROM public.kept');
});
afterAll(async () => {
  await log.close();
  await database.drop();
  removeKeyFolders();
});

const SHIFT = (by: number) =>
  `UPDATE log.events SET position = position + 1000000 WHERE position > 7;
   UPDATE log.events SET position = position - 1000000 + ${by} WHERE position > 1000000`;
const FIRST_RANGE = { first: '00000000000000000001', last: '00000000000000000010' };

it('is as it was sealed', async () => expect(await check()).toBeNull());

it.each([
  `stream = stream || 'x'`,
  'revision = revision + 1000',
  'event_id = gen_random_uuid()',
  `type = 'MessageDeleted'`,
  'schema_version = 2',
  `scope = 'g:2'`,
  `actor = 'user:2'`,
  'correlation_id = gen_random_uuid()',
  'causation_id = gen_random_uuid()',
  `recorded_at = recorded_at + interval '1 millisecond'`,
  `recorded_at = recorded_at + interval '1 microsecond'`,
  `payload = replace(payload, 'n', 'm')`,
])('names the range of an event altered by SET %s', async (change) => {
  await run(`UPDATE log.events SET ${change} WHERE position = 8`);
  expect(await check()).toMatchObject({ kind: 'altered', range: FIRST_RANGE });
});

it('names a deleted event by its position', async () => {
  await run('DELETE FROM log.events WHERE position = 8');
  expect(await check()).toMatchObject({ kind: 'missing', position: '00000000000000000008' });
});

it('names the range of a deleted event when all others move up', async () => {
  await run('DELETE FROM log.events WHERE position = 8');
  await run(SHIFT(-1));
  expect(await check()).toMatchObject({ range: FIRST_RANGE });
});

it('names the range of an inserted event', async () => {
  await run(SHIFT(1));
  await run(`INSERT INTO log.events SELECT 8, 'x-1', 0, gen_random_uuid(), type, schema_version, scope, actor,
    correlation_id, causation_id, recorded_at, payload FROM log.events WHERE position = 7`);
  expect(await check()).toMatchObject({ range: FIRST_RANGE });
});

it('names the range of events that changed places', async () => {
  await run('UPDATE log.events SET position = 1000000 WHERE position = 3');
  await run('UPDATE log.events SET position = 3 WHERE position = 8');
  await run('UPDATE log.events SET position = 8 WHERE position = 1000000');
  expect(await check()).toMatchObject({ range: FIRST_RANGE });
});

it('names an altered seal, and one that is gone', async () => {
  const seal = `(SELECT min(position) FROM log.events WHERE type = 'LogSealed')`;
  await run(`UPDATE log.events SET payload = replace(payload, '"events":10', '"events":11')
    WHERE position = ${seal}`);
  expect(await check()).toMatchObject({ kind: 'altered', stream: 'log' });
  await run(`DELETE FROM log.events WHERE position = ${seal}`);
  expect(await check()).toMatchObject({ kind: 'missing' });
});

it('names a log that was cut short, by what was kept of its last seal', async () => {
  await run(`DELETE FROM log.events WHERE position >= ${BigInt(last.position)}`);
  expect(await check([])).toBeNull();
  expect((await check())?.what).toContain(last.hash);
});
