// Refresh tokens: `<session ULID>.<43 characters base64url of 32 bytes>`. A successor is derived, not random, so that the
// very same request can be given the very same answer again without storing it anywhere.
import { createHash, createHmac, randomBytes } from 'node:crypto';
import { SessionId } from '../../domain/shared/ids.ts';

export const NONCE_BYTES = 32;
const SECRET_PATTERN = /^[A-Za-z0-9_-]{43}$/;
const ULID_CHARS = 26;

export type RefreshToken = {
  readonly sessionId: SessionId;
  readonly hash: Buffer; // SHA-256 of the whole text: all that the vault keeps of it
};

const hashOf = (text: string): Buffer => createHash('sha256').update(text).digest();

/** Null for anything that is not of the form; says nothing about whether it was ever issued. */
export const parseRefreshToken = (text: string): RefreshToken | null => {
  const sessionId = text.slice(0, ULID_CHARS);
  const secret = text.slice(ULID_CHARS + 1);
  return text[ULID_CHARS] === '.' && SessionId.is(sessionId) && SECRET_PATTERN.test(secret)
    ? { sessionId, hash: hashOf(text) }
    : null;
};

export type IssuedTokens = {
  readonly refreshToken: string;
  readonly refreshHash: Buffer;
  readonly tokenId: string; // `jti` of the access token that goes with it
};

const issued = (sessionId: SessionId, secret: Buffer, tokenId: Buffer): IssuedTokens => {
  const refreshToken = `${sessionId}.${secret.toString('base64url')}`;
  return {
    refreshToken,
    refreshHash: hashOf(refreshToken),
    tokenId: tokenId.toString('base64url'),
  };
};

/** The first token of a session: random. */
export const firstTokens = (sessionId: SessionId): IssuedTokens =>
  issued(sessionId, randomBytes(32), randomBytes(16));

/**
 * The successor of a token under a nonce: the same for the same three, and not to be guessed without the key. Labels and
 * parts have fixed lengths, so no two inputs run together to the same bytes.
 */
export const successorTokens = (
  key: Buffer,
  { sessionId, hash }: RefreshToken,
  nonce: Buffer,
): IssuedTokens => {
  const derive = (label: 'secret' | 'access'): Buffer =>
    createHmac('sha256', key).update(label).update(sessionId).update(hash).update(nonce).digest();
  return issued(sessionId, derive('secret'), derive('access').subarray(0, 16));
};

/** Recognises a client's Idempotency-Key without keeping it. */
export const rotationKeyHash = (
  key: Buffer,
  sessionId: SessionId,
  idempotencyKey: string,
): Buffer =>
  createHmac('sha256', key).update('repeat').update(sessionId).update(idempotencyKey).digest();
