import * as t from 'io-ts';
import { type ErasureProgress } from '../../application/erasure/destroy-deleted.ts';
import { type Position } from '../../application/event-store/event-log.ts';
import { queryRows, type Pool } from '../postgres/database.ts';

const Row = t.type({ position: t.string });

/** Where it stands up to which deletion keys were destroyed; only ever moves forwards. */
export const createErasureProgress = ({ pool }: { readonly pool: Pool }): ErasureProgress => ({
  read: async () => {
    const [row] = await queryRows(pool, Row, 'SELECT position FROM ops.erasures');
    return row === undefined ? null : (row.position as Position); // Only ever written from one
  },
  write: async (position) => {
    await pool.query(
      `INSERT INTO ops.erasures AS old (position) VALUES ($1)
        ON CONFLICT (only_row) DO UPDATE SET position = greatest(old.position, excluded.position)`,
      [position],
    );
  },
});
