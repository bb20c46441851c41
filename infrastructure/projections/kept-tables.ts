// The tables that a rebuild replaced: kept where they stood, until they are taken back or dropped.
import { setTimeout as delay } from 'node:timers/promises';
import * as t from 'io-ts';
import { type Position } from '../../application/event-store/event-log.ts';
import { oldSchema, type Projector } from '../../projections/projector.ts';
import { type Connection, type Queryable, queryRows } from '../postgres/database.ts';
import { type Control, forgetParkedEvents } from './control-rows.ts';
import { sqlStateOf } from './poison.ts';
import { transact } from './projection-session.ts';

const LOCK_NOT_AVAILABLE = '55P03';
const DEADLOCK_DETECTED = '40P01';
const DROP_TRIES_MAX = 300;
const DROP_PAUSE_MS = 100;

const KeptRow = t.type({ name: t.string, version: t.Int, position: t.string });

/** Under which name the events are set aside that the kept tables could not take. */
export const parkedOfKept = (name: string): string => `${name}:old`;

/** The kept tables among those of these projections. */
export const readKept = async (
  database: Queryable,
  names: readonly string[],
): Promise<readonly Control[]> => {
  const rows = await queryRows(
    database,
    KeptRow,
    'SELECT name, version, position FROM ops.kept_projections WHERE name = ANY($1) ORDER BY name',
    [names],
  );
  return rows.map((row) => ({ ...row, position: row.position as Position })); // Only ever written from one
};

export const writeKept = (
  database: Queryable,
  { name, version, position }: Control,
): Promise<unknown> =>
  database.query(
    `INSERT INTO ops.kept_projections (name, version, position) VALUES ($1, $2, $3)
      ON CONFLICT (name) DO UPDATE
      SET version = excluded.version, position = excluded.position, kept_at = now()`,
    [name, version, position],
  );

const forgetKept = async (database: Queryable, name: string): Promise<void> => {
  await database.query('DELETE FROM ops.kept_projections WHERE name = $1', [name]);
  await forgetParkedEvents(database, parkedOfKept(name));
};

/**
 * Drops a schema nobody is sent to any more. It waits less than the deadlock detector does, so that of a reader still in
 * it and the drop it is always the drop that gives way.
 */
export const dropSchema = async (
  connection: Connection,
  schema: string,
  andThen: () => Promise<void> = () => Promise.resolve(),
): Promise<void> => {
  for (let tries = 1; ; tries += 1) {
    try {
      await transact(connection, async () => {
        await connection.query(`SET LOCAL lock_timeout = '200ms'`);
        await connection.query(`DROP SCHEMA IF EXISTS ${schema} CASCADE`);
        await andThen();
      });
      return;
    } catch (error) {
      const state = sqlStateOf(error) ?? '';
      const busy = state === LOCK_NOT_AVAILABLE || state === DEADLOCK_DETECTED;
      if (!busy || tries === DROP_TRIES_MAX) throw error;
      await delay(DROP_PAUSE_MS);
    }
  }
};

/** Drops what a rebuild of this projection replaced, and all that is known of it. */
export const dropKept = (
  connection: Connection,
  projector: Pick<Projector, 'name'>,
): Promise<void> =>
  dropSchema(connection, oldSchema(projector), () => forgetKept(connection, projector.name));
