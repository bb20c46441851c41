// Connections to PostgreSQL: pools that survive a lost server, transactions, and rows that are checked on the way in.
import { isLeft } from 'fp-ts/lib/Either.js';
import type * as t from 'io-ts';
import pg from 'pg';

export type Pool = pg.Pool;
export type Connection = pg.PoolClient;
/** Anything that runs a query: a pool, or the connection of a transaction. */
export type Queryable = Pick<pg.ClientBase, 'query'>;

export type PoolOptions = {
  readonly url: string;
  readonly name: string; // Seen in pg_stat_activity
  readonly max: number; // Connections
  readonly statementTimeoutMs?: number;
  readonly lockTimeoutMs?: number;
  readonly settings?: Readonly<Record<string, string>>; // Of every session: server variables by name
  readonly onError?: (error: Error) => void; // A lost connection; queries on it reject by themselves
};

const CONNECT_MS_MAX = 5_000;
const STATEMENT_MS_MAX = 30_000;
const IDLE_IN_TRANSACTION_MS_MAX = 10_000;

/** A pool that reconnects by itself. Without the listeners one lost connection would end the process. */
export const createPool = ({
  url,
  name,
  max,
  statementTimeoutMs = STATEMENT_MS_MAX,
  lockTimeoutMs,
  settings = {},
  onError = () => {},
}: PoolOptions): Pool => {
  const options = Object.entries(settings).map(([name, value]) => `-c ${name}=${value}`);
  const pool = new pg.Pool({
    connectionString: url,
    ...(options.length > 0 && { options: options.join(' ') }),
    application_name: `filament ${name}`,
    max,
    statement_timeout: statementTimeoutMs,
    ...(lockTimeoutMs === undefined ? {} : { lock_timeout: lockTimeoutMs }),
    idle_in_transaction_session_timeout: IDLE_IN_TRANSACTION_MS_MAX,
    connectionTimeoutMillis: CONNECT_MS_MAX,
    keepAlive: true,
  });
  pool.on('error', onError);
  // The pool listens to idle connections only; one that is checked out needs a listener of its own.
  pool.on('connect', (client) => client.on('error', () => {}));
  return pool;
};

/** Runs `work` in one transaction (READ COMMITTED); rolls back and rethrows when it throws. */
export const inTransaction = async <A>(
  pool: Pool,
  work: (connection: Connection) => Promise<A>,
): Promise<A> => {
  const connection = await pool.connect();
  let broken = false;
  try {
    await connection.query('BEGIN');
    const result = await work(connection);
    await connection.query('COMMIT');
    return result;
  } catch (error) {
    await connection.query('ROLLBACK').catch(() => (broken = true));
    throw error;
  } finally {
    connection.release(broken);
  }
};

/** The rows of a query, each checked by a codec; throws on a row it refuses, naming fields but never values. */
export const queryRows = async <A>(
  database: Queryable,
  codec: t.Type<A, unknown>,
  sql: string,
  values: readonly unknown[] = [],
): Promise<readonly A[]> => {
  const { rows } = await database.query<Record<string, unknown>>(sql, [...values]);
  return rows.map((row) => {
    const decoded = codec.decode(row);
    if (isLeft(decoded))
      throw new Error(`A row is not as expected: ${refusedFields(decoded.left)}`);
    return decoded.right;
  });
};

const refusedFields = (errors: t.Errors): string =>
  errors.map(({ context }) => context.map(({ key }) => key).join('.')).join(', ');
