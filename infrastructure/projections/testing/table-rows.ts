import * as t from 'io-ts';
import { liveSchema, type Projector } from '../../../projections/projector.ts';
import { type Pool, queryRows } from '../../postgres/database.ts';

const Row = t.type({ line: t.string });

/** Every row of every table of these projections as text, sorted. */
export const tableRows = async (
  pool: Pool,
  projectors: readonly Projector[],
): Promise<readonly string[]> => {
  const lines: string[] = [];
  for (const projector of projectors) {
    for (const table of projector.tables) {
      const from = `${liveSchema(projector)}.${table}`;
      const rows = await queryRows(pool, Row, `SELECT r::text AS line FROM ${from} r`);
      lines.push(...rows.map(({ line }) => `${table} ${line}`));
    }
  }
  return lines.sort();
};

/** Drops all live tables and checkpoints, as if nothing had ever been built. */
export const dropReadModels = async (
  pool: Pool,
  projectors: readonly Projector[],
): Promise<void> => {
  for (const projector of projectors)
    await pool.query(`DROP SCHEMA IF EXISTS ${liveSchema(projector)} CASCADE`);
  await pool.query('DELETE FROM ops.projections');
  await pool.query('DELETE FROM ops.parked_events');
};
