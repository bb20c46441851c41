// The moment in which other tables of a projection become the live ones.
import * as t from 'io-ts';
import { type Position } from '../../application/event-store/event-log.ts';
import { type EventStore } from '../../application/event-store/event-store.ts';
import { liveSchema, oldSchema } from '../../projections/projector.ts';
import { type Connection, queryRows } from '../postgres/database.ts';
import { applyCarefully, type Target } from './apply-events.ts';
import { type Control, lockControls, renameParkedEvents, writeControl } from './control-rows.ts';
import { parkedOfKept, writeKept } from './kept-tables.ts';
import { sqlStateOf } from './poison.ts';
import { transact } from './projection-session.ts';

// Few, since the live projections wait meanwhile.
const LAST_EVENTS_MAX = 1_000;
const LOCK_NOT_AVAILABLE = '55P03';

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

/** Renames the target's tables to the live ones, and the live ones, if there are any, to those that are kept. */
const swapNames = async (
  connection: Connection,
  { projector, schema, parkAs }: Target,
  replaced: Control | undefined,
): Promise<void> => {
  const { name } = projector;
  const live = liveSchema(projector);
  // The target may be the kept tables themselves, so the live ones step aside under a name of their own first.
  const aside = `${live}_aside`;
  const hadLive = await schemaExists(connection, live);
  if (hadLive) await connection.query(`ALTER SCHEMA ${live} RENAME TO ${aside}`);
  await renameParkedEvents(connection, name, aside);
  await connection.query(`ALTER SCHEMA ${schema} RENAME TO ${live}`);
  await renameParkedEvents(connection, parkAs, name);
  if (hadLive) await connection.query(`ALTER SCHEMA ${aside} RENAME TO ${oldSchema(projector)}`);
  await renameParkedEvents(connection, aside, parkedOfKept(name));
  if (replaced !== undefined) await writeKept(connection, replaced);
};

/**
 * Applies what the live projection has and the target has not, and swaps the two by name, all under the lock of the
 * control row, which the live runner takes for each batch. `again`: the live one ran too far ahead, or is busy. Tables
 * kept from before must be the target or be gone.
 */
export const takeOver = async (
  connection: Connection,
  { store, keepSealed }: { store: Pick<EventStore, 'readAll'>; keepSealed: ReadonlySet<string> },
  target: Target,
  reached: Position,
): Promise<'done' | 'again'> => {
  const { name, version } = target.projector;
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
    await swapNames(connection, target, control);
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
