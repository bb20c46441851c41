import { randomBytes } from 'node:crypto';
import * as t from 'io-ts';
import {
  type Rotation,
  type SessionState,
  type SessionVault,
} from '../../application/session/session-vault.ts';
import { SessionId, UserId } from '../../domain/shared/ids.ts';
import { type Timestamp } from '../../domain/shared/timestamp.ts';
import { queryRows, type Pool } from '../postgres/database.ts';
import { subkey } from '../secrets/subkey.ts';
import { Bytes, millis, MillisText } from './columns.ts';
import {
  firstTokens,
  NONCE_BYTES,
  parseRefreshToken,
  rotationKeyHash,
  successorTokens,
  type RefreshToken,
} from './refresh-token.ts';

// A client that lost the answer repeats at once; a thief who replays is not helped, lacking the key of the request.
export const REPEAT_SECS_MAX = 60;

const REFUSED: Rotation = { type: 'Refused' };

const StateRow = t.type({
  session_id: SessionId,
  user_id: UserId,
  refresh_hash: Bytes,
  started: MillisText,
  refreshed: t.union([MillisText, t.null]),
  expires: MillisText,
  revoked: t.boolean,
});
type StateRow = t.TypeOf<typeof StateRow>;

const STATES = `
  SELECT session_id, user_id, refresh_hash, ${millis('started_at')} AS started,
         ${millis('refreshed_at')} AS refreshed, ${millis('expires_at')} AS expires,
         revoked_at IS NOT NULL AS revoked
    FROM vault.sessions`;

const stateOf = (row: StateRow): SessionState => ({
  sessionId: row.session_id,
  userId: row.user_id,
  startedAt: row.started,
  refreshedAt: row.refreshed,
  expiresAt: row.expires,
  revoked: row.revoked,
});

const RotationRow = t.union([
  t.type({
    outcome: t.union([t.literal('rotated'), t.literal('repeated')]),
    user_id: UserId,
    nonce: Bytes,
    issued: MillisText,
    expires: MillisText,
  }),
  t.type({ outcome: t.literal('replayed'), user_id: UserId }),
  t.type({ outcome: t.literal('refused') }),
]);
type RotationRow = t.TypeOf<typeof RotationRow>;

// One statement, one transaction: there is no moment between the check and the exchange.
const ROTATE = `
  SELECT outcome, user_id, nonce, ${millis('issued_at')} AS issued, ${millis('expires_at')} AS expires
    FROM vault.rotate_session($1, $2, $3, $4, $5, to_timestamp($6::float8 / 1000),
           make_interval(secs => $7), make_interval(secs => $8), make_interval(secs => $9))`;

const rotationOf = (row: RotationRow, presented: RefreshToken, key: Buffer): Rotation => {
  const { sessionId } = presented;
  switch (row.outcome) {
    case 'refused':
      return REFUSED;
    case 'replayed':
      return { type: 'Replayed', sessionId, userId: row.user_id };
    case 'rotated':
    case 'repeated': {
      const { refreshToken, tokenId } = successorTokens(key, presented, row.nonce);
      return {
        type: row.outcome === 'rotated' ? 'Rotated' : 'Repeated',
        sessionId,
        userId: row.user_id,
        refreshToken,
        tokenId,
        issuedAt: row.issued,
        expiresAt: row.expires,
      };
    }
  }
};

export type SessionVaultPorts = {
  readonly pool: Pool;
  readonly masterKey: Buffer;
  readonly idleSecs: number; // limits.sessionIdleSecs
  readonly absoluteSecs: number; // limits.sessionAbsoluteSecs
};

const createRotate = ({
  pool,
  masterKey,
  idleSecs,
  absoluteSecs,
}: SessionVaultPorts): SessionVault['rotate'] => {
  const key = subkey(masterKey, 'refresh-tokens');
  return async ({ refreshToken, idempotencyKey, now }) => {
    const presented = parseRefreshToken(refreshToken);
    if (presented === null) return REFUSED;
    const { sessionId, hash } = presented;
    const nonce = randomBytes(NONCE_BYTES);
    const [row] = await queryRows(pool, RotationRow, ROTATE, [
      sessionId,
      hash,
      successorTokens(key, presented, nonce).refreshHash,
      nonce,
      idempotencyKey === null ? null : rotationKeyHash(key, sessionId, idempotencyKey),
      now,
      idleSecs,
      absoluteSecs,
      REPEAT_SECS_MAX,
    ]);
    return row === undefined ? REFUSED : rotationOf(row, presented, key);
  };
};

/** The vault of sessions in PostgreSQL. Rejects when the database is away. */
export const createSessionVault = (ports: SessionVaultPorts): SessionVault => {
  const { pool, idleSecs, absoluteSecs } = ports;
  const rowOf = async (sessionId: SessionId): Promise<StateRow | undefined> =>
    (await queryRows(pool, StateRow, `${STATES} WHERE session_id = $1`, [sessionId]))[0];
  return {
    begin: ({ sessionId, userId, now }) => {
      const { refreshToken, refreshHash, tokenId } = firstTokens(sessionId);
      const expiresAt = (now + Math.min(idleSecs, absoluteSecs) * 1000) as Timestamp;
      const write = { kind: 'session', sessionId, userId, refreshHash, expiresAt } as const;
      return { sessionId, refreshToken, tokenId, expiresAt, write };
    },
    rotate: createRotate(ports),
    holderOf: async (refreshToken) => {
      const presented = parseRefreshToken(refreshToken);
      const row = presented === null ? undefined : await rowOf(presented.sessionId);
      // Equality of SHA-256 hashes: how long it takes says nothing about the token.
      return row !== undefined && presented?.hash.equals(row.refresh_hash) === true
        ? stateOf(row)
        : null;
    },
    find: async (sessionId) => {
      const row = await rowOf(sessionId);
      return row === undefined ? null : stateOf(row);
    },
    liveSessions: async ({ userId, now, limit }) => {
      const rows = await queryRows(
        pool,
        StateRow,
        `${STATES} WHERE user_id = $1 AND revoked_at IS NULL AND expires_at > to_timestamp($2::float8 / 1000)
          ORDER BY session_id LIMIT $3`,
        [userId, now, limit],
      );
      return rows.map(stateOf);
    },
  };
};
