import * as t from 'io-ts';
import { liveSchema, type Projector } from '../../projections/projector.ts';
import { type Queryable, queryRows } from '../postgres/database.ts';

export type TableChecksum = {
  readonly table: string;
  readonly rows: number;
  readonly checksum: string; // Equal for equal rows, in whatever order they are stored
};

const Row = t.type({ rows: t.Int, checksum: t.string });

/** A checksum over every column of every row of each table of a projection. */
export const projectionChecksums = async (
  database: Queryable,
  projector: Pick<Projector, 'name' | 'tables'>,
  schema: string = liveSchema(projector),
): Promise<readonly TableChecksum[]> => {
  const sums: TableChecksum[] = [];
  for (const table of projector.tables) {
    // A sum of 64-bit hashes does not depend on order, and unlike xor it does not cancel out rows that come twice.
    const [row] = await queryRows(
      database,
      Row,
      `SELECT count(*)::integer AS rows,
        coalesce(sum(('x' || left(md5(r::text), 16))::bit(64)::bigint::numeric), 0)::text AS checksum
       FROM ${schema}.${table} r`,
    );
    if (row !== undefined) sums.push({ table, ...row });
  }
  return sums;
};
