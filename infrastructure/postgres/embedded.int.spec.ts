import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import pg from 'pg';
import { type EmbeddedPostgres, startEmbeddedPostgres } from './embedded.ts';
import { bundleProgram, type Child, startProgram } from './testing/child-program.ts';

const password = 'secret';
const pidFile = (): string => path.join(dataDir, 'postmaster.pid');
let home: string;
let dataDir: string;
let program: string;
const holders: Child[] = [];

beforeAll(async () => {
  home = mkdtempSync(path.join(os.tmpdir(), 'filament-embedded-'));
  chmodSync(home, 0o711);
  dataDir = path.join(home, 'postgres');
  program = await bundleProgram('infrastructure/postgres/testing/hold-embedded.ts');
});
afterAll(async () => {
  for (const { process: holder } of holders) holder.kill('SIGKILL');
  if (existsSync(pidFile())) await (await start()).stop();
  rmSync(home, { recursive: true });
  rmSync(program);
});

const start = (): Promise<EmbeddedPostgres> => startEmbeddedPostgres({ dataDir, password });

type Report = { readonly pid: number; readonly owned: boolean };
const hold = async (): Promise<Child & Report> => {
  const child = startProgram(program, [dataDir, password]);
  holders.push(child);
  return { ...child, ...(JSON.parse((await child.line()) ?? '{}') as Report) };
};

const query = async (url: string, sql: string): Promise<readonly unknown[]> => {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  const { rows } = await client.query<Record<string, unknown>>(sql);
  await client.end();
  return rows;
};

const gone = async (pid: number): Promise<void> => {
  for (;;) {
    // A killed child stays listed until it's collected; its state says so.
    const stat = existsSync(`/proc/${pid}/stat`) ? readFileSync(`/proc/${pid}/stat`, 'utf8') : 'Z';
    if (/^\d+ \([^)]*\) Z|^Z/.test(stat)) return;
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
};

it('is made once when two processes start at the same time, and stopped by whoever leaves last', async () => {
  const [one, other] = await Promise.all([hold(), hold()]);
  expect(one.pid).toBe(other.pid);
  one.say('stop');
  await one.ended;
  const joined = await start();
  expect(joined.pid).toBe(one.pid);
  expect(joined.owned).toBe(false);
  other.say('stop');
  await other.ended;
  expect(await query(joined.url, 'SELECT 1 AS n')).toEqual([{ n: 1 }]);
  await joined.stop();
  expect(existsSync(pidFile())).toBe(false);
}, 60_000);

it('adopts the orphan of a killed process and can stop it', async () => {
  const killed = await hold();
  killed.process.kill('SIGKILL');
  await killed.ended;
  const adopted = await start();
  expect(adopted).toMatchObject({ pid: killed.pid, owned: true });
  await adopted.stop();
  expect(existsSync(pidFile())).toBe(false);
}, 60_000);

it('is not reached by the Ctrl+C of a terminal', async () => {
  const interrupted = await hold();
  process.kill(-interrupted.process.pid!, 'SIGINT');
  await interrupted.ended;
  const adopted = await start();
  expect(adopted.pid).toBe(interrupted.pid);
  await adopted.stop();
}, 60_000);

it('recovers after it was killed itself', async () => {
  const first = await start();
  await query(first.url, 'CREATE TABLE kept AS SELECT 7 AS n');
  process.kill(first.pid, 'SIGKILL');
  await gone(first.pid);
  expect(existsSync(pidFile())).toBe(true);
  const second = await start();
  expect(second.pid).not.toBe(first.pid);
  expect(await query(second.url, 'SELECT n FROM kept')).toEqual([{ n: 7 }]);
  await second.stop();
  await first.stop();
}, 60_000);

it('is started again where it was when it is killed under its user', async () => {
  let heard: (outcome: 'restarted' | Error) => void = () => {};
  const restarted = new Promise((resolve) => (heard = resolve));
  const running = await startEmbeddedPostgres({ dataDir, password, onDeath: (o) => heard(o) });
  process.kill(running.pid, 'SIGKILL');
  expect(await restarted).toBe('restarted');
  expect(await query(running.url, 'SELECT n FROM kept')).toEqual([{ n: 7 }]);
  const joined = await start();
  expect(joined.port).toBe(running.port);
  await joined.stop();
  await running.stop();
}, 60_000);

it('sees through a lock file that names a stranger', async () => {
  // The account PostgreSQL runs as would take a process of its own for its predecessor.
  writeFileSync(pidFile(), `${process.pid}\n${dataDir}\n0\n5432\n\n127.0.0.1\n0 0\nready   \n`);
  const started = await start();
  expect(started.pid).not.toBe(process.pid);
  await started.stop();
}, 60_000);

it('says what is wrong when the password is not the one it was made with', async () => {
  const running = await start();
  const other = startEmbeddedPostgres({ dataDir, password: 'other' });
  await expect(other).rejects.toThrow('refuses our password');
  await running.stop();
}, 60_000);
