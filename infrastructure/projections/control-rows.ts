// The rows that say how far each projection is, and which events were set aside.
import * as t from 'io-ts';
import { isLeft } from 'fp-ts/lib/Either.js';
import pg from 'pg';
import { type Position } from '../../application/event-store/event-log.ts';
import { type Queryable, queryRows } from '../postgres/database.ts';

const ControlRow = t.type({ name: t.string, version: t.Int, position: t.string });

export type Control = {
  readonly name: string;
  readonly version: number;
  readonly position: Position;
};

const controlOf = (row: t.TypeOf<typeof ControlRow>): Control => ({
  ...row,
  position: row.position as Position, // Only ever written from one
});

const COLUMNS = 'SELECT name, version, position FROM ops.projections WHERE name = ANY($1)';

/** The rows of these projections, those that exist. */
export const readControls = async (
  database: Queryable,
  names: readonly string[],
): Promise<readonly Control[]> =>
  (await queryRows(database, ControlRow, `${COLUMNS} ORDER BY name`, [names])).map(controlOf);

/** The same, locked until the transaction ends; in one order, so that lockers can't deadlock. */
export const lockControls = async (
  database: Queryable,
  names: readonly string[],
): Promise<readonly Control[]> =>
  (await queryRows(database, ControlRow, `${COLUMNS} ORDER BY name FOR UPDATE`, [names])).map(
    controlOf,
  );

const Results = t.readonlyArray(t.type({ rows: t.readonlyArray(t.unknown) }));
const listed = (names: readonly string[]): string => names.map(pg.escapeLiteral).join(', ');

/**
 * Begins a transaction and locks these rows. In one message, as is the end below: each spared round trip is one less
 * between a message being written and being seen.
 */
export const beginLocked = async (
  database: Queryable,
  names: readonly string[],
): Promise<readonly Control[]> => {
  const results: unknown = await database.query(
    `BEGIN; SELECT name, version, position FROM ops.projections
      WHERE name IN (${listed(names)}) ORDER BY name FOR UPDATE`,
  );
  const rows = Results.is(results) ? (results[1]?.rows ?? []) : [];
  const decoded = t.readonlyArray(ControlRow).decode(rows);
  if (isLeft(decoded)) throw new Error('The control rows are not as expected.');
  return decoded.right.map(controlOf);
};

/** Moves checkpoints forwards, never back, within the caller's transaction. */
export const advanceControls = (
  database: Queryable,
  names: readonly string[],
  position: Position,
): Promise<unknown> =>
  database.query(
    `UPDATE ops.projections SET position = $2, updated_at = now()
      WHERE name = ANY($1::text[]) AND position < $2`,
    [names, position],
  );

/** Moves checkpoints forwards, never back, and commits. */
export const commitAdvanced = (
  database: Queryable,
  names: readonly string[],
  position: Position,
): Promise<unknown> =>
  database.query(
    `UPDATE ops.projections SET position = ${pg.escapeLiteral(position)}, updated_at = now()
      WHERE name IN (${listed(names)}) AND position < ${pg.escapeLiteral(position)}; COMMIT`,
  );

export const writeControl = (
  database: Queryable,
  { name, version, position }: Control,
): Promise<unknown> =>
  database.query(
    `INSERT INTO ops.projections (name, version, position) VALUES ($1, $2, $3)
      ON CONFLICT (name) DO UPDATE
      SET version = excluded.version, position = excluded.position, updated_at = now()`,
    [name, version, position],
  );

export type ParkedEvent = {
  readonly projection: string;
  readonly position: Position;
  readonly type: string;
  readonly reason: string;
  readonly attempts: number;
};

const REASON_CHARS_MAX = 500;

export const parkEvent = (database: Queryable, parked: ParkedEvent): Promise<unknown> =>
  database.query(
    `INSERT INTO ops.parked_events AS old (projection, position, type, reason, attempts)
      VALUES ($1, $2, $3, $4, $5)
      ON CONFLICT (projection, position) DO UPDATE
      SET reason = excluded.reason, attempts = old.attempts + excluded.attempts, at = now()`,
    [
      parked.projection,
      parked.position,
      parked.type,
      parked.reason.replaceAll('\0', '').slice(0, REASON_CHARS_MAX),
      parked.attempts,
    ],
  );

/** What some tables could not take goes with them when they are renamed. */
export const renameParkedEvents = (
  database: Queryable,
  from: string,
  to: string,
): Promise<unknown> =>
  database.query('UPDATE ops.parked_events SET projection = $2 WHERE projection = $1', [from, to]);

export const forgetParkedEvents = (database: Queryable, projection: string): Promise<unknown> =>
  database.query('DELETE FROM ops.parked_events WHERE projection = $1', [projection]);

const ParkedCount = t.type({ projection: t.string, parked: t.Int });

export const countParkedEvents = async (
  database: Queryable,
): Promise<ReadonlyMap<string, number>> => {
  const rows = await queryRows(
    database,
    ParkedCount,
    'SELECT projection, count(*)::integer AS parked FROM ops.parked_events GROUP BY projection',
  );
  return new Map(rows.map(({ projection, parked }) => [projection, parked]));
};
