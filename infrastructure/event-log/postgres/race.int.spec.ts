// Several processes append at once; several followers must see every committed event exactly once, in order.
import { rmSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { type EventLog } from '../../../application/event-store/event-log.ts';
import { migrate } from '../../postgres/migrations.ts';
import { bundleProgram, type Child, startProgram } from '../../postgres/testing/child-program.ts';
import { freshDatabase, type TestDatabase } from '../../testing/database.ts';
import { VAULT_MIGRATIONS } from '../../vault/migrations.ts';
import { createRandom } from '../../repeatable/random.ts';
import { sampleAppend } from '../testing/sample-appends.ts';
import { APPEND_SQL, appendParameters } from './append-call.ts';
import { LOG_MIGRATIONS } from './migrations.ts';
import { createPostgresLog } from './postgres-log.ts';

const SEEDS = Array.from({ length: 25 }, (_, n) => n + 1);
const RAW_TRANSACTIONS = 12;

let database: TestDatabase;
let log: EventLog;
let program: string;
let workers: readonly Child[];

beforeAll(async () => {
  database = await freshDatabase();
  await migrate(database.pool, [...LOG_MIGRATIONS, ...VAULT_MIGRATIONS]);
  log = createPostgresLog({ url: database.url, pool: database.pool, queueMax: 1_000 });
  program = await bundleProgram('infrastructure/event-log/testing/race-worker.ts');
  workers = ['1', '7', '500'].map((batchMax) => startProgram(program, [database.url, batchMax]));
}, 30_000);
afterAll(async () => {
  for (const { process: worker } of workers) worker.kill('SIGKILL');
  await log.close();
  await database.drop();
  rmSync(program);
});

const lineOf = async (worker: Child): Promise<readonly string[]> => {
  const line = await worker.line();
  if (line === undefined) throw new Error('A worker ended.');
  return JSON.parse(line) as readonly string[];
};

// A position is given out, then the transaction dawdles, then it commits or rolls back: what loses events elsewhere.
const appendRaw = async (seed: number): Promise<readonly string[]> => {
  const random = createRandom(seed * 7_919);
  const committed: string[] = [];
  for (let n = 0; n < RAW_TRANSACTIONS; n += 1) {
    const client = await database.pool.connect();
    const append = sampleAppend(`raw-${seed}-${n}`);
    await client.query('BEGIN');
    await client.query(APPEND_SQL, [...appendParameters([{ append, retry: false }])]);
    await delay(random.below(4));
    const commits = random.chance(0.6);
    await client.query(commits ? 'COMMIT' : 'ROLLBACK');
    client.release();
    if (commits) committed.push(...append.events.map(({ eventId }) => eventId));
    await delay(random.below(4));
  }
  return committed;
};

it.each(SEEDS)(
  'shows every committed event once and in order to all (seed %i)',
  async (seed) => {
    const before = await log.head();
    for (const [n, worker] of workers.entries()) worker.say(`append ${seed * 10 + n}`);
    const acknowledged = await Promise.all([...workers.map(lineOf), appendRaw(seed)]);
    const head = await log.head();
    const stored = await log.readAll(before, 10_000);
    const storedIds = stored.map(({ eventId }) => eventId);

    expect([...storedIds].sort()).toEqual(acknowledged.flat().sort());
    expect(stored.map(({ position }) => Number(position))).toEqual(
      stored.map((_, n) => Number(before) + n + 1),
    );
    for (const worker of workers) worker.say(`report ${head}`);
    for (const seen of await Promise.all(workers.map(lineOf))) expect(seen).toEqual(storedIds);

    const hot = new Set(
      stored.map(({ stream }) => stream).filter((name) => name.startsWith('hot-')),
    );
    for (const stream of hot) {
      const revisions = stored
        .filter((event) => event.stream === stream)
        .map((event) => event.revision);
      expect(revisions).toEqual(revisions.map((_, n) => n));
    }
  },
  20_000,
);
