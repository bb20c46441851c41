// A database of its own for each spec file, so that files run side by side and leave nothing behind.
import { randomBytes } from 'node:crypto';
import * as t from 'io-ts';
import pg from 'pg';
import { createPool, type Pool, queryRows } from '../postgres/database.ts';

export const TEST_URL = 'FILAMENT_TEST_DATABASE_URL';

export type TestDatabase = {
  readonly url: string;
  readonly pool: Pool;
  /** Closes the pool and drops the database, whoever is still connected. */
  readonly drop: () => Promise<void>;
};

const POOL_MAX = 10;
const PREFIX = 'test_';

const adminUrl = (): string => {
  const url = process.env[TEST_URL];
  if (url === undefined) throw new Error('Run this spec in the integration project.');
  return url;
};

const asAdmin = async <A>(work: (client: pg.Client) => Promise<A>): Promise<A> => {
  const client = new pg.Client({ connectionString: adminUrl() });
  client.on('error', () => {});
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
};

const dropDatabase = (name: string): Promise<unknown> =>
  asAdmin((client) =>
    client.query(`DROP DATABASE IF EXISTS ${pg.escapeIdentifier(name)} WITH (FORCE)`),
  );

/** Makes an empty database; the caller applies the migrations it needs. */
export const freshDatabase = async (): Promise<TestDatabase> => {
  const name = `${PREFIX}${process.pid}_${randomBytes(6).toString('hex')}`;
  await asAdmin((client) => client.query(`CREATE DATABASE ${pg.escapeIdentifier(name)}`));
  const url = new URL(adminUrl());
  url.pathname = `/${name}`;
  const pool = createPool({ url: url.href, name: 'test', max: POOL_MAX });
  const drop = async (): Promise<void> => {
    await pool.end();
    await dropDatabase(name);
  };
  return { url: url.href, pool, drop };
};

const runs = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
};

const Named = t.type({ datname: t.string });

/** Drops databases of test processes that were killed. */
export const dropAbandonedDatabases = async (): Promise<void> => {
  const found = await asAdmin((client) =>
    queryRows(client, Named, `SELECT datname FROM pg_database WHERE datname LIKE '${PREFIX}%'`),
  );
  for (const { datname } of found) {
    const pid = Number(datname.slice(PREFIX.length).split('_')[0]);
    if (!runs(pid)) await dropDatabase(datname);
  }
};
