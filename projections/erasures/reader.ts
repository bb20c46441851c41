import * as t from 'io-ts';
import { type Position } from '../../application/event-store/event-log.ts';
import { type DeletedScopes } from '../../application/erasure/destroy-deleted.ts';
import { type ErasedAccounts } from '../../application/erasure/carry-out.ts';
import { UserId } from '../../domain/shared/ids.ts';
import { Timestamp } from '../../domain/shared/timestamp.ts';
import { type ReadModelQuery, type ReadStatement } from '../read-model.ts';

const Row = t.type({ position: t.string, scope: t.string, deleted_at: Timestamp });

const AFTER: ReadStatement<t.TypeOf<typeof Row>> = {
  name: 'erasures_after',
  sql: `SELECT position, scope, deleted_at::float8 FROM rm_erasures.deleted
    WHERE position > $1 ORDER BY position LIMIT $2`,
  row: Row,
};

const ErasedRow = t.type({
  user_id: UserId,
  position: t.string,
  receipt_at: t.union([t.string, t.null]),
});
// Those carried out long ago are done with: no request that was under way then can still write anything.
const TO_CARRY_OUT: ReadStatement<t.TypeOf<typeof ErasedRow>> = {
  name: 'erasures_accounts',
  sql: `SELECT user_id, position, receipt_at FROM rm_erasures.accounts
    WHERE receipt_at IS NULL OR erased_at > $1 ORDER BY position LIMIT $2`,
  row: ErasedRow,
};

/** Makes the reader of accounts whose erasure is not carried out, or was begun after that time. */
export const createErasedAccounts =
  ({ query }: { readonly query: ReadModelQuery }): ErasedAccounts =>
  async (since, limit) => {
    const rows = await query(TO_CARRY_OUT, [since, limit]);
    return rows.map(({ user_id: userId, position, receipt_at: receiptAt }) => ({
      userId,
      position: position as Position, // Only ever written from one
      receiptAt: receiptAt as Position | null,
    }));
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
