// What the first of several requests under one key left, for a repeat that finds nothing more to append.
import * as t from 'io-ts';
import { type Position } from '../../application/event-store/event-log.ts';
import { type FindEarlier } from '../../application/execute.ts';
import { type Pool, queryRows } from '../postgres/database.ts';
import { parseRecord } from './kurrentdb/reservations.ts';

const Row = t.type({ result: t.string, same: t.boolean, position: t.union([t.string, t.null]) });

// The PostgreSQL log fills the column; KurrentDB's position is part of the record, once the append is known to be done.
const FIND = `
  SELECT result, fingerprint = $2 AS same, lpad(position::text, 20, '0') AS position
    FROM vault.idempotency WHERE key_hash = $1 AND expires_at > clock_timestamp()`;

export const createFindEarlier =
  ({ pool }: { readonly pool: Pool }): FindEarlier =>
  async ({ keyHash, fingerprint }) => {
    const [row] = await queryRows(pool, Row, FIND, [keyHash, fingerprint]);
    if (row === undefined) return null;
    if (!row.same) return { type: 'IdempotencyKeyReused' };
    const found = row.position === null ? parseRecord(row.result) : row;
    if (typeof found.position !== 'string') return null; // Still under way.
    return { type: 'AlreadyDone', result: found.result, position: found.position as Position };
  };
