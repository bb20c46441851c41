// Kills one process of a running installation without warning, and knows when that was felt.
import { setTimeout as delay } from 'node:timers/promises';
import pg from 'pg';
import { type Random } from '../../repeatable/random.ts';
import { databaseUrl, killPostgres } from '../test-site.ts';

export const VICTIMS = [
  'server',
  'postmaster',
  'server and postmaster',
  'backend of the projector',
  'backend of the log',
  'any process of PostgreSQL',
] as const;
export type Victim = (typeof VICTIMS)[number];

const CONNECT_MS_MAX = 1_000;
const FELT_MS_MAX = 1_000;
const WHICH: Readonly<Partial<Record<Victim, string>>> = {
  'backend of the projector': `application_name = 'filament projections'`,
  'backend of the log': `application_name = 'filament log'`,
  'any process of PostgreSQL': 'true', // The checkpointer and the like, too
};

const pickProcess = async (client: pg.Client, which: string, random: Random): Promise<number> => {
  const { rows } = await client.query<{ pid: number }>(
    `SELECT pid FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND ${which} ORDER BY pid`,
  );
  const chosen = rows[random.below(rows.length)];
  if (chosen === undefined) throw new Error('no such process');
  return chosen.pid;
};

/** Whether PostgreSQL cut all its connections, as it does when one of its processes dies. */
const killProcess = async (
  dataDirectory: string,
  which: string,
  random: Random,
): Promise<boolean> => {
  const client = new pg.Client({
    connectionString: await databaseUrl(dataDirectory),
    connectionTimeoutMillis: CONNECT_MS_MAX,
  });
  client.on('error', () => {});
  const cutOff = new Promise<true>((resolve) => client.once('end', () => resolve(true)));
  try {
    await client.connect();
    process.kill(await pickProcess(client, which, random), 'SIGKILL');
    // It may have ended by itself between the two: a connection comes and goes.
    return await Promise.race([cutOff, delay(FELT_MS_MAX, false)]);
  } finally {
    await client.end().catch(() => undefined);
  }
};

/**
 * Kills, and resolves with who it was once that is felt: the process is gone, or all connections are cut. Where PostgreSQL
 * is away or still recovering there are no others to choose from, and it is the postmaster.
 */
export const strike = async (
  victim: Victim,
  dataDirectory: string,
  killServer: () => Promise<void>,
  random: Random,
): Promise<Victim> => {
  const which = WHICH[victim];
  if (which !== undefined) {
    const felt = await killProcess(dataDirectory, which, random).catch(() => false);
    if (felt) return victim;
  }
  if (victim === 'server') await killServer();
  else if (victim === 'server and postmaster')
    await Promise.all([killServer(), killPostgres(dataDirectory)]);
  else await killPostgres(dataDirectory);
  return which === undefined ? victim : 'postmaster';
};
