// Several processes may use one embedded PostgreSQL (the server, a command beside it). Each holds a shared lock in it
// for as long as it does; who leaves last, and so gets the lock alone, stops it. A killed process loses its lock by itself.
import pg from 'pg';

const LOCK = '7310, 2';
const RENEW_MS = 250;

export type Lease = {
  /** Whether nobody else used the server when this lease began. */
  readonly alone: boolean;
  readonly dataDirectory: string;
  /** Gives the lease back, and runs `stop` meanwhile keeping newcomers out, if nobody else holds one. */
  readonly release: (stop: () => Promise<void>) => Promise<void>;
};

const connect = async (url: string): Promise<pg.Client> => {
  const client = new pg.Client({
    connectionString: url,
    application_name: 'filament lease',
    connectionTimeoutMillis: 5_000,
    keepAlive: true,
  });
  client.on('error', () => {}); // `end` follows, which renews the lease.
  await client.connect();
  return client;
};

const flag = async (client: pg.Client, sql: string): Promise<boolean> => {
  const { rows } = await client.query<{ flag: unknown }>(`SELECT ${sql} AS flag`);
  return rows[0]?.flag === true;
};

const enter = async (client: pg.Client): Promise<boolean> => {
  const alone = await flag(client, `pg_try_advisory_lock(${LOCK})`);
  await client.query(`SELECT pg_advisory_lock_shared(${LOCK})`);
  if (alone) await client.query(`SELECT pg_advisory_unlock(${LOCK})`);
  return alone;
};

/** Takes a lease; `url` must name the database `postgres`, since such locks are per database. Rejects when not connected. */
export const takeLease = async (url: string): Promise<Lease> => {
  let client = await connect(url);
  let connected = true;
  let released = false;
  let timer: NodeJS.Timeout | undefined;
  const renewLater = (): void => {
    connected = false;
    if (released) return;
    timer = setTimeout(() => void renew(), RENEW_MS);
    timer.unref();
  };
  const renew = async (): Promise<void> => {
    const next = await connect(url).catch(() => undefined);
    if (next === undefined) {
      renewLater();
      return;
    }
    if (released) {
      await next.end();
      return;
    }
    client = next;
    connected = true;
    client.once('end', renewLater);
    await enter(client).catch(() => false);
  };
  const alone = await enter(client).catch(async (error: unknown) => {
    await client.end().catch(() => undefined);
    throw error;
  });
  const { rows } = await client.query<{ data_directory: string }>('SHOW data_directory');
  client.once('end', renewLater);
  const release = async (stop: () => Promise<void>): Promise<void> => {
    if (released) return;
    released = true;
    clearTimeout(timer);
    if (!connected) return; // The server is down or recovering: nothing to stop, or the next start adopts it.
    try {
      await client.query(`SELECT pg_advisory_unlock_shared(${LOCK})`);
      if (await flag(client, `pg_try_advisory_lock(${LOCK})`)) await stop();
    } finally {
      await client.end().catch(() => undefined);
    }
  };
  return { alone, dataDirectory: rows[0]?.data_directory ?? '', release };
};
