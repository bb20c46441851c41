import { isLeft } from 'fp-ts/lib/Either.js';
import type * as t from 'io-ts';
import { type ReadModelQuery, type ReadStatement } from '../../projections/read-model.ts';
import { type Connection, type Pool } from '../postgres/database.ts';
import { sqlStateOf } from './poison.ts';

// `cached plan must not change result type`: a rebuild gave a column another type.
const FEATURE_NOT_SUPPORTED = '0A000';

// A plan kept from when a table was small would read all of it once it is large. And what statistics don't know yet, as a
// channel that is busy since a minute, would be gathered whole and sorted for each page, where an index has it in order.
const SETTINGS = 'SET plan_cache_mode = force_custom_plan; SET enable_bitmapscan = off';

const decodeRow = <Row>({ name, row }: ReadStatement<Row>, found: unknown): Row => {
  const decoded = row.decode(found);
  if (!isLeft(decoded)) return decoded.right;
  const fields = decoded.left.map(({ context }: t.ValidationError) =>
    context.map(({ key }) => key).join('.'),
  );
  throw new Error(`A row of ${name} is not as expected: ${fields.join(', ')}`);
};

const ask = async (
  connection: Connection,
  { name, sql: text }: Pick<ReadStatement<unknown>, 'name' | 'sql'>,
  parameters: readonly unknown[],
): Promise<readonly unknown[]> => {
  const query = { text, values: [...parameters] };
  try {
    return (await connection.query<Record<string, unknown>>({ ...query, name })).rows;
  } catch (error) {
    if (sqlStateOf(error) !== FEATURE_NOT_SUPPORTED) throw error;
    return (await connection.query<Record<string, unknown>>(query)).rows;
  }
};

/**
 * Runs readers' statements on a pool, prepared once per connection. A rebuild that takes over in between is not noticed:
 * PostgreSQL plans again by name, and where the columns changed the statement is sent once more, unprepared.
 */
export const createReadModelQuery = ({ pool }: { readonly pool: Pool }): ReadModelQuery => {
  const settled = new WeakSet<Connection>();
  return async (statement, values) => {
    const connection = await pool.connect();
    let lost = false;
    try {
      if (!settled.has(connection)) await connection.query(SETTINGS);
      settled.add(connection);
      const rows = await ask(connection, statement, values);
      return rows.map((row) => decodeRow(statement, row));
    } catch (error) {
      lost = sqlStateOf(error) === null || sqlStateOf(error)?.startsWith('57') === true;
      throw error;
    } finally {
      connection.release(lost);
    }
  };
};
