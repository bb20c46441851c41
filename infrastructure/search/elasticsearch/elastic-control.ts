// Which index this installation follows and how far it is: a row beside the other checkpoints.
import * as t from 'io-ts';
import { type Position } from '../../../application/event-store/event-log.ts';
import { type Queryable, queryRows } from '../../postgres/database.ts';

const Row = t.type({
  version: t.Int,
  index_name: t.string,
  index_uuid: t.string,
  position: t.string,
});

export type ElasticControl = {
  readonly version: number;
  readonly index: string;
  readonly uuid: string;
  readonly position: Position;
};

export const readElasticControl = async (
  database: Queryable,
  prefix: string,
): Promise<ElasticControl | null> => {
  const [row] = await queryRows(
    database,
    Row,
    'SELECT version, index_name, index_uuid, position FROM ops.elasticsearch WHERE prefix = $1',
    [prefix],
  );
  return row === undefined
    ? null
    : {
        version: row.version,
        index: row.index_name,
        uuid: row.index_uuid,
        position: row.position as Position, // Only ever written from one
      };
};

/** Moves the checkpoint forwards; false when another index has taken over meanwhile. */
export const advanceElasticControl = async (
  database: Queryable,
  prefix: string,
  { index, position }: Pick<ElasticControl, 'index' | 'position'>,
): Promise<boolean> => {
  const { rowCount } = await database.query(
    `UPDATE ops.elasticsearch SET position = greatest(position, $3), updated_at = now()
      WHERE prefix = $1 AND index_name = $2`,
    [prefix, index, position],
  );
  return rowCount === 1;
};

/**
 * Makes this the index that is followed. False when the one before is further: then searches would find an older state,
 * unless it is gone anyway.
 */
export const takeOverElasticControl = async (
  database: Queryable,
  prefix: string,
  { version, index, uuid, position }: ElasticControl,
  { evenBack }: { readonly evenBack: boolean },
): Promise<boolean> => {
  const { rowCount } = await database.query(
    `INSERT INTO ops.elasticsearch AS old (prefix, version, index_name, index_uuid, position)
      VALUES ($1, $2, $3, $4, $5)
      ON CONFLICT (prefix) DO UPDATE
      SET version = excluded.version, index_name = excluded.index_name,
          index_uuid = excluded.index_uuid, position = excluded.position, updated_at = now()
      WHERE old.position <= excluded.position OR $6`,
    [prefix, version, index, uuid, position, evenBack],
  );
  return rowCount === 1;
};
