// What the vault knows of a person that may be told them: when sessions began and ended, when they were seen. Hashes stay
// where they are: they tell nobody anything, and whoever has them could try guesses on them.
import * as t from 'io-ts';
import { type PersonRecord } from '../../application/account-export/export-account.ts';
import { isoTime } from '../../application/account-export/given-of-event.ts';
import { type UserId } from '../../domain/shared/ids.ts';
import { queryRows, type Pool } from '../postgres/database.ts';
import { Bytes, millis, MillisText } from './columns.ts';

const PAGE = 500;
const orNull = <C extends t.Mixed>(codec: C) => t.union([codec, t.null]);

const SessionRow = t.type({
  session_id: t.string,
  started: MillisText,
  refreshed: orNull(MillisText),
  expires: MillisText,
  revoked: orNull(MillisText),
});
const SESSIONS = `
  SELECT session_id, ${millis('started_at')} AS started, ${millis('refreshed_at')} AS refreshed,
         ${millis('expires_at')} AS expires, ${millis('revoked_at')} AS revoked
    FROM vault.sessions WHERE user_id = $1 AND session_id > $2 ORDER BY session_id LIMIT $3`;

// The keys only say where a page went on.
const AddressRow = t.type({ address_key: Bytes, seen: MillisText, expires: MillisText });
const ADDRESSES = `
  SELECT address_key, ${millis('seen_at')} AS seen, ${millis('expires_at')} AS expires
    FROM vault.ip_observations WHERE user_id = $1 AND address_key > $2 ORDER BY address_key LIMIT $3`;

const PasswordRow = t.type({ changed: MillisText });
const PASSWORD = `SELECT ${millis('changed_at')} AS changed FROM vault.passwords WHERE user_id = $1`;

const orNone = (at: t.TypeOf<typeof MillisText> | null) => (at === null ? null : isoTime(at));

async function* sessionsOf(pool: Pool, userId: UserId, page: number) {
  for (let after = ''; ;) {
    const rows = await queryRows(pool, SessionRow, SESSIONS, [userId, after, page]);
    for (const { session_id, started, refreshed, expires, revoked } of rows)
      yield {
        session_id,
        started_at: isoTime(started),
        refreshed_at: orNone(refreshed),
        expires_at: isoTime(expires),
        revoked_at: orNone(revoked),
      };
    const last = rows.at(-1);
    if (last === undefined || rows.length < page) return;
    after = last.session_id;
  }
}

async function* addressesOf(pool: Pool, userId: UserId, page: number) {
  for (let after: Buffer = Buffer.alloc(0); ;) {
    const rows = await queryRows(pool, AddressRow, ADDRESSES, [userId, after, page]);
    for (const { seen, expires } of rows)
      yield { seen_at: isoTime(seen), kept_until: isoTime(expires) };
    const last = rows.at(-1);
    if (last === undefined || rows.length < page) return;
    after = last.address_key;
  }
}

/** Makes what reads it, a page at a time. */
export const createPersonRecord = ({
  pool,
  page = PAGE,
}: {
  readonly pool: Pool;
  readonly page?: number;
}): PersonRecord => ({
  passwordChangedAt: async (userId) => {
    const [row] = await queryRows(pool, PasswordRow, PASSWORD, [userId]);
    return row === undefined ? null : isoTime(row.changed);
  },
  sessions: (userId) => sessionsOf(pool, userId, page),
  addresses: (userId) => addressesOf(pool, userId, page),
});
