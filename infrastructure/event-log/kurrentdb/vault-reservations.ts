// Reservations in the vault's table. Its `position` column fits PostgreSQL's positions only and stays empty here.
import * as t from 'io-ts';
import { type Pool, queryRows } from '../../postgres/database.ts';
import { parseRecord, type Reservations } from './reservations.ts';

const Now = t.type({ now: t.number });
const Row = t.type({ result: t.string, same: t.boolean, now: t.number });

const NOW = '(extract(epoch FROM clock_timestamp()) * 1000)::float8';

const RESERVE = `
  INSERT INTO vault.idempotency AS v (key_hash, fingerprint, result, expires_at)
  VALUES ($1, $2, jsonb_set($3::jsonb, '{until}', to_jsonb(${NOW} + $4))::text, $5)
  ON CONFLICT (key_hash) DO UPDATE SET fingerprint = excluded.fingerprint, result = excluded.result,
    expires_at = excluded.expires_at, position = NULL
    WHERE v.expires_at <= clock_timestamp()
  RETURNING ${NOW} AS now`;
const FIND = `
  SELECT result, fingerprint = $2 AS same, ${NOW} AS now FROM vault.idempotency
   WHERE key_hash = $1`;
const MINE = "key_hash = $1 AND result::jsonb->>'eventId' = $2";
const COMPLETE = `
  UPDATE vault.idempotency
     SET result = jsonb_set(result::jsonb, '{position}', to_jsonb($3::text))::text WHERE ${MINE}`;
const RELEASE = `
  DELETE FROM vault.idempotency WHERE ${MINE} AND result::jsonb->'position' IS NULL`;

export const createVaultReservations = ({ pool }: { readonly pool: Pool }): Reservations => {
  const reserve: Reservations['reserve'] = async (reservation, record, holdMs) => {
    const { keyHash, fingerprint, expiresAt } = reservation;
    const expires = new Date(expiresAt);
    const values = [keyHash, fingerprint, JSON.stringify(record), holdMs, expires];
    if ((await queryRows(pool, Now, RESERVE, values)).length > 0) return { type: 'reserved' };
    const [row] = await queryRows(pool, Row, FIND, [keyHash, fingerprint]);
    // Given up between the two statements: ours for the taking now.
    if (row === undefined) return reserve(reservation, record, holdMs);
    if (!row.same) return { type: 'reused' };
    const found = parseRecord(row.result);
    return { type: 'found', record: found, isOver: found.until < row.now };
  };
  return {
    reserve,
    complete: async (keyHash, eventId, position) => {
      await pool.query(COMPLETE, [keyHash, eventId, position]);
    },
    release: async (keyHash, eventId) => {
      await pool.query(RELEASE, [keyHash, eventId]);
    },
  };
};
