// The moment in which a rebuilt projection becomes the live one.
import { setTimeout as delay } from 'node:timers/promises';
import * as t from 'io-ts';
import { type Position } from '../../application/event-store/event-log.ts';
import { type EventStore } from '../../application/event-store/event-store.ts';
import { liveSchema } from '../../projections/projector.ts';
import { type Connection, queryRows } from '../postgres/database.ts';
import { applyCarefully, type Target } from './apply-events.ts';
import { adoptParkedEvents, lockControls, writeControl } from './control-rows.ts';
import { sqlStateOf } from './poison.ts';
import { transact } from './projection-session.ts';

// Few, since the live projections wait meanwhile.
const LAST_EVENTS_MAX = 1_000;
const LOCK_NOT_AVAILABLE = '55P03';
const DEADLOCK_DETECTED = '40P01';
const DROP_TRIES_MAX = 300;
const DROP_PAUSE_MS = 100;

const Flag = t.type({ flag: t.boolean });

const schemaExists = async (connection: Connection, schema: string): Promise<boolean> => {
  const [row] = await queryRows(
    connection,
    Flag,
    'SELECT to_regnamespace($1) IS NOT NULL AS flag',
    [schema],
  );
  return row?.flag === true;
};

/**
 * Applies what the live projection has and the rebuilt one has not, and swaps the two by name, all under the lock of the
 * control row, which the live runner takes for each batch. `again`: the live one ran too far ahead, or is busy.
 */
export const takeOver = async (
  connection: Connection,
  { store, keepSealed }: { store: Pick<EventStore, 'readAll'>; keepSealed: ReadonlySet<string> },
  target: Target,
  reached: Position,
): Promise<'done' | 'again'> => {
  const { projector, schema, parkAs } = target;
  const { name, version } = projector;
  const live = liveSchema(projector);
  const swap = async (): Promise<'done' | 'again'> => {
    await connection.query(`SET LOCAL lock_timeout = '2s'`);
    const [control] = await lockControls(connection, [name]);
    let position = reached;
    while (control !== undefined && position < control.position) {
      const page = await store.readAll(position, LAST_EVENTS_MAX + 1, { keepSealed });
      const missing = page.filter(({ meta }) => meta.position <= control.position);
      if (missing.length > LAST_EVENTS_MAX) return 'again';
      const last = missing.at(-1);
      if (last === undefined) break;
      await applyCarefully(connection, target, missing);
      position = last.meta.position;
    }
    if (await schemaExists(connection, live))
      await connection.query(`ALTER SCHEMA ${live} RENAME TO ${live}_old`);
    await connection.query(`ALTER SCHEMA ${schema} RENAME TO ${live}`);
    await adoptParkedEvents(connection, parkAs, name);
    await writeControl(connection, { name, version, position });
    return 'done';
  };
  try {
    return await transact(connection, swap);
  } catch (error) {
    if (sqlStateOf(error) === LOCK_NOT_AVAILABLE) return 'again';
    throw error;
  }
};

/**
 * Drops a schema nobody is sent to any more. It waits less than the deadlock detector does, so that of a reader still in
 * it and the drop it is always the drop that gives way.
 */
export const dropSchema = async (connection: Connection, schema: string): Promise<void> => {
  for (let tries = 1; ; tries += 1) {
    try {
      await transact(connection, async () => {
        await connection.query(`SET LOCAL lock_timeout = '200ms'`);
        await connection.query(`DROP SCHEMA IF EXISTS ${schema} CASCADE`);
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
