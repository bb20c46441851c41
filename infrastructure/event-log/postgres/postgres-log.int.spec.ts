import { randomBytes, randomUUID } from 'node:crypto';
import { isRight } from 'fp-ts/lib/Either.js';
import { type Append, type EventLog } from '../../../application/event-store/event-log.ts';
import { inTransaction } from '../../postgres/database.ts';
import { migrate } from '../../postgres/migrations.ts';
import { freshDatabase, type TestDatabase } from '../../testing/database.ts';
import { VAULT_MIGRATIONS } from '../../vault/migrations.ts';
import { describeEventLog, follow, store } from '../testing/event-log-contract.ts';
import { noon, sampleAppend, sampleEvent, sampleReservation } from '../testing/sample-appends.ts';
import { LOG_MIGRATIONS } from './migrations.ts';
import { createPostgresLog, READ_ALL_SQL } from './postgres-log.ts';

let database: TestDatabase;
let log: EventLog;

const open = (overrides: { queueMax?: number; deadlineMs?: number } = {}): EventLog =>
  createPostgresLog({ url: database.url, pool: database.pool, queueMax: 10_000, ...overrides });

beforeAll(async () => {
  database = await freshDatabase();
  await migrate(database.pool, [...LOG_MIGRATIONS, ...VAULT_MIGRATIONS]);
  log = open();
});
afterAll(async () => {
  await log.close();
  await database.drop();
});

describeEventLog(() => log);

const count = async (sql: string, ...values: readonly unknown[]): Promise<number> => {
  const { rows } = await database.pool.query<{ n: number }>(
    `SELECT count(*)::int AS n FROM ${sql}`,
    [...values],
  );
  return rows[0]?.n ?? -1;
};

const killBackends = (name: string): Promise<unknown> =>
  database.pool.query(
    `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
      WHERE application_name = $1 AND datname = current_database()`,
    [name],
  );

describe('the vault', () => {
  const writes = (id: string): NonNullable<Append['vault']> => [
    { kind: 'data_key', scope: `message:${id}`, salt: randomBytes(32) },
    { kind: 'password', userId: id, phc: '$argon2id$v=19$x' },
    {
      kind: 'session',
      sessionId: id,
      userId: id,
      refreshHash: randomBytes(32),
      expiresAt: noon,
    },
  ];

  it('gets its rows with the events', async () => {
    const id = randomUUID();
    const vault = writes(id);
    await store(log, sampleAppend(`account-${id}`, { vault }));
    expect(await count('vault.data_keys WHERE scope = $1', `message:${id}`)).toBe(1);
    expect(await count("vault.passwords WHERE user_id = $1 AND phc LIKE '$argon2id$%'", id)).toBe(
      1,
    );
    const { rows } = await database.pool.query<{ refresh_hash: Buffer; expires_at: Date }>(
      'SELECT * FROM vault.sessions WHERE session_id = $1',
      [id],
    );
    expect(rows).toMatchObject([{ revoked_at: null, expires_at: new Date(noon) }]);
    const [, , session] = vault;
    expect(session?.kind === 'session' && session.refreshHash.equals(rows[0]!.refresh_hash)).toBe(
      true,
    );
    const revoke = { kind: 'session_revoked', sessionId: id } as const;
    await store(log, sampleAppend(`session-${id}`, { vault: [revoke] }));
    expect(await count('vault.sessions WHERE session_id = $1 AND revoked_at IS NOT NULL', id)).toBe(
      1,
    );
  });

  it('gets nothing of an append that lost its race, beside one that won', async () => {
    const [lost, won] = [randomUUID(), randomUUID()];
    await store(log, sampleAppend(`account-${lost}`));
    const loser = log.append(
      sampleAppend(`account-${lost}`, { expected: 'no_stream', vault: writes(lost) }),
    )();
    const winner = store(log, sampleAppend(`account-${won}`, { vault: writes(won) }));
    expect(isRight(await loser)).toBe(false);
    await winner;
    for (const [id, n] of [
      [lost, 0],
      [won, 1],
    ] as const) {
      expect(await count('vault.data_keys WHERE scope = $1', `message:${id}`)).toBe(n);
      expect(await count('vault.passwords WHERE user_id = $1', id)).toBe(n);
      expect(await count('vault.sessions WHERE session_id = $1', id)).toBe(n);
    }
  });
});

it('isolates a command that the database refuses, and stores those beside it', async () => {
  const sound = Array.from({ length: 40 }, (_, n) => sampleAppend(`sound-${randomUUID()}-${n}`));
  const poison = sampleAppend(`poison-${randomUUID()}`, {
    vault: [{ kind: 'data_key', scope: randomUUID(), salt: Buffer.alloc(31) }],
  });
  const all = sound.map((append) => store(log, append));
  const refused = log.append(poison)();
  const more = sound.map((append) => store(log, sampleAppend(append.stream)));
  await expect(refused).rejects.toThrow('violates check constraint');
  await Promise.all([...all, ...more]);
  expect(await log.readStream(poison.stream)).toEqual([]);
  for (const { stream } of sound) expect(await log.readStream(stream)).toHaveLength(2);
});

it('refuses an event id that another stream has, as a bug', async () => {
  const event = sampleEvent();
  await store(log, sampleAppend(`one-${randomUUID()}`, { events: [event] }));
  const again = log.append(sampleAppend(`other-${randomUUID()}`, { events: [event] }))();
  await expect(again).rejects.toThrow('events_event_id');
});

it('goes on after its connections were killed', async () => {
  const streams = Array.from({ length: 30 }, () => `killed-${randomUUID()}`);
  const after = await log.head();
  const seen = follow(log, after, (events) => events.length >= 60);
  const appends = streams.flatMap((stream) => [
    store(log, sampleAppend(stream, { expected: 'no_stream' })),
    store(log, sampleAppend(stream, { expected: 0 })),
  ]);
  await Promise.all([killBackends('filament log'), killBackends('filament log notices')]);
  await Promise.all(appends);
  expect((await seen).map(({ stream }) => stream).sort()).toEqual(
    streams.flatMap((stream) => [stream, stream]).sort(),
  );
});

it('gives up at the deadline, and a later try is answered once the database is free', async () => {
  const hasty = open({ deadlineMs: 600 });
  const append = sampleAppend(`late-${randomUUID()}`);
  const blocker = await database.pool.connect();
  await blocker.query('BEGIN; SELECT pg_advisory_xact_lock(7310, 1)');
  const outcome = await hasty.append(append)();
  expect(outcome).toMatchObject({ left: { type: 'LogUnavailable' } });
  await blocker.query('COMMIT');
  blocker.release();
  await store(hasty, append);
  expect(await log.readStream(append.stream)).toHaveLength(1);
  await hasty.close();
});

it('sheds load past its bound', async () => {
  const small = open({ queueMax: 5 });
  const appends = Array.from({ length: 8 }, () =>
    small.append(sampleAppend(`full-${randomUUID()}`))(),
  );
  const outcomes = await Promise.all(appends);
  expect(outcomes.filter(isRight)).toHaveLength(5);
  expect(outcomes.slice(5)).toEqual(
    Array.from({ length: 3 }, () => ({
      _tag: 'Left',
      left: { type: 'LogUnavailable', reason: 'The queue is full.' },
    })),
  );
  await small.close();
});

it('takes an append as large as allowed, together with others', async () => {
  const payload = `{"x":"${'x'.repeat(8 * 1024 * 1024 - 8)}"}`;
  const large = sampleAppend(`large-${randomUUID()}`, { events: [sampleEvent({ payload })] });
  const small = sampleAppend(`small-${randomUUID()}`);
  await Promise.all([store(log, small), store(log, large), store(log, sampleAppend(small.stream))]);
  expect((await log.readStream(large.stream))[0]?.payload.length).toBe(8 * 1024 * 1024);
  const larger = sampleEvent({ payload: `${payload} ` });
  await expect(log.append(sampleAppend('large-2', { events: [larger] }))()).rejects.toThrow(
    'large',
  );
});

it('gives the second of two equal requests in one batch what the first made', async () => {
  const idempotency = sampleReservation(randomUUID(), 'a');
  const pair = ['x', 'y'].map((name) =>
    log.append(sampleAppend(`pair-${name}${randomUUID()}`, { idempotency }))(),
  );
  const [first, second] = await Promise.all(pair);
  if (first === undefined || !isRight(first)) throw new Error('Not stored.');
  const { position } = first.right;
  expect(second).toMatchObject({ left: { type: 'AlreadyDone', position } });
});

it('is told of appends of another log on the same database', async () => {
  const other = open();
  const stream = `other-${randomUUID()}`;
  const after = await log.head();
  const seen = follow(log, after, (events) => events.some((event) => event.stream === stream));
  await store(other, sampleAppend(stream));
  await seen;
  await other.close();
});

it('reads a page of a long log without sorting all of it', async () => {
  const plan = await inTransaction(database.pool, async (connection) => {
    await connection.query('SET LOCAL enable_seqscan = off'); // The table of a test is too short to tell.
    return connection.query(`EXPLAIN ${READ_ALL_SQL}`, [0, 500]);
  });
  const text = JSON.stringify(plan.rows);
  expect(text).toContain('Index Scan using events_pkey');
  expect(text).not.toContain('Sort');
});

it('refuses changes to what was appended', async () => {
  const { pool } = database;
  await expect(pool.query("UPDATE log.events SET payload = '{}'")).rejects.toThrow('append-only');
  await expect(pool.query('DELETE FROM log.events')).rejects.toThrow('append-only');
  await expect(pool.query('TRUNCATE log.events')).rejects.toThrow('append-only');
});

it('answers what it took when closed, and takes no more', async () => {
  const closing = open();
  const taken = store(closing, sampleAppend(`last-${randomUUID()}`));
  const closed = closing.close();
  const late = await closing.append(sampleAppend('late-1'))();
  expect(late).toMatchObject({ left: { type: 'LogUnavailable' } });
  await Promise.all([taken, closed]);
});
