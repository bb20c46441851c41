import * as t from 'io-ts';
import { type AddressKey, type AddressVault } from '../../application/ip-ban/address-vault.ts';
import { IpBanId } from '../../domain/shared/ids.ts';
import { queryRows, type Pool } from '../postgres/database.ts';
import { createAddressKeys } from './address-keys.ts';

const isKey = (value: unknown): value is AddressKey =>
  typeof value === 'string' && /^[0-9a-f]{64}$/.test(value);
const Key = new t.Type<AddressKey, string, unknown>(
  'AddressKey',
  isKey,
  (value, context) => (isKey(value) ? t.success(value) : t.failure(value, context)),
  t.identity,
);

// Not written again within the minute: somebody who tries often would else wear the disk out.
const OBSERVE = `
  INSERT INTO vault.ip_observations AS o (user_id, address_key, network_key, seen_at, expires_at)
  SELECT $1, decode($2, 'hex'), decode($3, 'hex'), seen.at, seen.at + make_interval(secs => $5)
    FROM (SELECT to_timestamp($4::float8 / 1000) AS at) AS seen
  ON CONFLICT (user_id, address_key) DO UPDATE
    SET seen_at = excluded.seen_at, expires_at = excluded.expires_at
    WHERE o.seen_at <= excluded.seen_at - interval '1 minute'
  RETURNING xmax = 0 AS fresh`;
const FORGET_OLDEST = `
  DELETE FROM vault.ip_observations WHERE user_id = $1 AND address_key IN (
    SELECT address_key FROM vault.ip_observations WHERE user_id = $1
     ORDER BY seen_at DESC, address_key OFFSET $2)`;
const SEEN = `
  SELECT encode(key, 'hex') AS key FROM (
    SELECT CASE WHEN $3 THEN coalesce(network_key, address_key) ELSE address_key END AS key, seen_at
      FROM vault.ip_observations
     WHERE user_id = $1 AND expires_at > to_timestamp($2::float8 / 1000)) AS seen
   GROUP BY key ORDER BY max(seen_at) DESC, key`;
const KEYS_OF_BANS = `
  SELECT ban_id, encode(address_key, 'hex') AS key FROM vault.ip_bans WHERE ban_id = ANY($1::text[])`;

export type AddressVaultPorts = {
  readonly pool: Pool;
  readonly masterKey: Buffer;
  readonly observationSecs: number; // limits.ipObservationSecs
  readonly observationsMax: number; // limits.ipObservationsPerUserMax
  readonly bansNetworks: boolean; // Whether a new ban of an IPv6 address bars its whole /64
};

/** The vault of addresses in PostgreSQL. Rejects when the database is away. */
export const createAddressVault = ({
  pool,
  masterKey,
  observationSecs,
  observationsMax,
  bansNetworks,
}: AddressVaultPorts): AddressVault => {
  const keysOf = createAddressKeys({ masterKey });
  return {
    keysOf: (address) => {
      const keys = keysOf(address);
      if (keys === null) return [];
      return keys.network === null ? [keys.address] : [keys.address, keys.network];
    },
    observe: async ({ userId, address, now }) => {
      const keys = keysOf(address);
      if (keys === null) return;
      const values = [userId, keys.address, keys.network, now, observationSecs];
      const [row] = await queryRows(pool, t.type({ fresh: t.boolean }), OBSERVE, values);
      if (row?.fresh === true) await pool.query(FORGET_OLDEST, [userId, observationsMax]);
    },
    seen: async ({ userId, now }) => {
      const values = [userId, now, bansNetworks];
      const rows = await queryRows(pool, t.type({ key: Key }), SEEN, values);
      return rows.map(({ key }) => key);
    },
    keysOfBans: async (banIds) => {
      const Row = t.type({ ban_id: IpBanId, key: Key });
      const rows = await queryRows(pool, Row, KEYS_OF_BANS, [banIds]);
      return rows.map(({ ban_id: banId, key }) => ({ banId, key }));
    },
    banWrite: ({ guildId, banId, key, expiresAt }) => ({
      kind: 'ip_ban',
      banId,
      guildId,
      addressKey: key,
      expiresAt,
    }),
    liftWrite: (banId) => ({ kind: 'ip_ban_lifted', banId }),
  };
};
