// Writers, a database backend and the whole database are killed with -9 under load: nothing acknowledged is lost, nothing
// is doubled by trying again. Runs on a PostgreSQL of its own.
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { type EventLog } from '../../../application/event-store/event-log.ts';
import { createPool, type Pool } from '../../postgres/database.ts';
import { type EmbeddedPostgres, startEmbeddedPostgres } from '../../postgres/embedded.ts';
import { migrate } from '../../postgres/migrations.ts';
import { bundleProgram, type Child, startProgram } from '../../postgres/testing/child-program.ts';
import { VAULT_MIGRATIONS } from '../../vault/migrations.ts';
import { sampleAppend } from '../testing/sample-appends.ts';
import { LOG_MIGRATIONS } from './migrations.ts';
import { createPostgresLog } from './postgres-log.ts';

const WRITERS = 3;
const BETWEEN_KILLS = 400; // Acknowledgements

let home: string;
let server: EmbeddedPostgres;
let pool: Pool;
let log: EventLog;
let program: string;

// A fixed port, so that the writers find the database again after it was started anew.
const freePort = (): Promise<string> =>
  new Promise((resolve) => {
    const probe = createServer().listen(0, '127.0.0.1', () => {
      const address = probe.address();
      const port = typeof address === 'object' ? (address?.port ?? 0) : 0;
      probe.close(() => resolve(String(port)));
    });
  });

let port: string;
const start = (): Promise<EmbeddedPostgres> =>
  startEmbeddedPostgres({
    dataDir: path.join(home, 'postgres'),
    password: 'x',
    settings: { port },
  });

beforeAll(async () => {
  home = mkdtempSync(path.join(os.tmpdir(), 'filament-crash-'));
  chmodSync(home, 0o711);
  port = await freePort();
  server = await start();
  pool = createPool({ url: server.url, name: 'crash test', max: 4 });
  await migrate(pool, [...LOG_MIGRATIONS, ...VAULT_MIGRATIONS]);
  log = createPostgresLog({ url: server.url, pool, queueMax: 10 });
  program = await bundleProgram('infrastructure/event-log/testing/crash-worker.ts');
}, 60_000);
afterAll(async () => {
  await log.close();
  await pool.end();
  await server.stop();
  rmSync(home, { recursive: true });
  rmSync(program);
});

type Tried = readonly [eventId: string, n: number];

/** A writer that is started again, with what it hadn't seen acknowledged, each time it's killed. */
const startWriter = (stream: string, onAcknowledged: () => void) => {
  const unsettled = new Map<string, number>();
  const acknowledged = new Map<string, number>();
  let next = 0;
  let child: Child;
  let reading: Promise<void>;
  const read = async (from: Child): Promise<void> => {
    for (let line = await from.line(); line !== undefined; line = await from.line()) {
      const [what, eventId, text] = line.split(' ');
      if (eventId === undefined || text === undefined) continue; // Cut off by the kill
      const n = Number(text);
      if (what === 'try') {
        unsettled.set(eventId, n);
        next = Math.max(next, n + 1);
      } else {
        unsettled.delete(eventId);
        acknowledged.set(eventId, n);
        onAcknowledged();
      }
    }
  };
  const launch = (): void => {
    const leftovers: readonly Tried[] = [...unsettled];
    child = startProgram(program, [server.url, stream, String(next), JSON.stringify(leftovers)]);
    reading = read(child);
  };
  launch();
  return {
    stream,
    acknowledged,
    kill: async () => {
      child.process.kill('SIGKILL');
      await reading;
      launch();
    },
    finish: async () => {
      child.say('stop');
      await reading;
    },
  };
};

const killBackend = async (): Promise<void> => {
  const { rows } = await pool.query<{ pid: number }>(
    "SELECT pid FROM pg_stat_activity WHERE application_name = 'filament log' LIMIT 1",
  );
  if (rows[0] !== undefined) process.kill(rows[0].pid, 'SIGKILL');
};

const killDatabase = async (): Promise<void> => {
  process.kill(server.pid, 'SIGKILL');
  const crashed = server;
  server = await start();
  await crashed.stop();
};

it('loses nothing that was acknowledged and doubles nothing', async () => {
  let acknowledgements = 0;
  const more = { resolve: () => {}, at: Infinity };
  const writers = Array.from({ length: WRITERS }, (_, n) =>
    startWriter(`crash-${n}`, () => {
      acknowledgements += 1;
      if (acknowledgements >= more.at) more.resolve();
    }),
  );
  const load = (): Promise<void> =>
    new Promise((resolve) =>
      Object.assign(more, { resolve, at: acknowledgements + BETWEEN_KILLS }),
    );
  const stop = new AbortController();
  const seen: string[] = [];
  const following = (async () => {
    for await (const batch of log.subscribe(log.start, { signal: stop.signal })) {
      seen.push(...batch.map(({ eventId }) => eventId));
      if (batch.some(({ stream }) => stream === 'crash-end')) stop.abort();
    }
  })();

  for (const round of [0, 1, 2, 3, 4, 5]) {
    await load();
    if (round % 2 === 0) await writers[round % WRITERS]!.kill();
    else if (round === 3) await killDatabase();
    else await killBackend();
  }
  await load();
  await Promise.all(writers.map(({ finish }) => finish()));

  const { rows } = await pool.query<{ event_id: string; stream: string; n: number }>(
    "SELECT event_id, stream, (payload::json->>'n')::int AS n FROM log.events ORDER BY position",
  );
  const stored = new Set(rows.map(({ event_id }) => event_id));
  for (const { stream, acknowledged } of writers) {
    expect([...acknowledged.keys()].filter((id) => !stored.has(id))).toEqual([]);
    const numbers = rows.filter((row) => row.stream === stream).map(({ n }) => n);
    expect([...numbers].sort((a, b) => a - b)).toEqual(numbers.map((_, n) => n));
  }
  const { rows: heads } = await pool.query<{ head: number; n: number }>(
    'SELECT max(position)::int AS head, count(*)::int AS n FROM log.events',
  );
  expect(heads[0]?.head).toBe(heads[0]?.n);

  await log.append(sampleAppend('crash-end'))();
  await following;
  expect(seen.slice(0, -1)).toEqual(rows.map(({ event_id }) => event_id));
}, 120_000);
