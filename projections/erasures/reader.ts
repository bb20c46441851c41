import * as t from 'io-ts';
import { type Position } from '../../application/event-store/event-log.ts';
import { type DeletedScopes } from '../../application/erasure/destroy-deleted.ts';
import { Timestamp } from '../../domain/shared/timestamp.ts';
import { type ReadModelQuery, type ReadStatement } from '../read-model.ts';

const Row = t.type({ position: t.string, scope: t.string, deleted_at: Timestamp });

const AFTER: ReadStatement<t.TypeOf<typeof Row>> = {
  name: 'erasures_after',
  sql: `SELECT position, scope, deleted_at::float8 FROM rm_erasures.deleted
    WHERE position > $1 ORDER BY position LIMIT $2`,
  row: Row,
};

/** Makes the reader of what was deleted. */
export const createDeletedScopes =
  ({ query }: { readonly query: ReadModelQuery }): DeletedScopes =>
  async (after, limit) => {
    const rows = await query(AFTER, [after, limit]);
    return rows.map(({ position, scope, deleted_at: deletedAt }) => ({
      position: position as Position, // Only ever written from one
      scope,
      deletedAt,
    }));
  };
