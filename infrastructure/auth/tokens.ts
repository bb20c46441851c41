// Access tokens: PASETO v4.public, signed with the ring's key for their time of issue. Ed25519 is deterministic, so the
// same claims give the same token.
import { isLeft, left, right, type Either } from 'fp-ts/lib/Either.js';
import * as t from 'io-ts';
import { InspectFooter, PublicProtocol } from 'paseto';
import { SignFactory, VerifyFactory } from 'paseto/v4/public';
import { type Clock } from '../../application/ports.ts';
import { type IssueAccessToken } from '../../application/session/access-tokens.ts';
import { type Identity } from '../../application/session/authentication.ts';
import { SessionId, UserId } from '../../domain/shared/ids.ts';
import { type Timestamp } from '../../domain/shared/timestamp.ts';
import { subkey } from '../secrets/subkey.ts';
import { type TokenRing } from './token-ring.ts';

// Ours are about 600 characters; anything much longer isn't worth a look.
const TOKEN_CHARS_MAX = 2_048;
const PURPOSE = 'access';
const AUDIENCE = 'filament';
// Nodes of one installation may disagree on the time a little: a token may be used this early, never late.
const EARLY_SECS = 5;

export type Unauthenticated = { readonly type: 'Unauthenticated' };
const UNAUTHENTICATED = left<Unauthenticated>({ type: 'Unauthenticated' });

const protocol = new PublicProtocol(SignFactory, VerifyFactory);

const Footer = t.strict({ kid: t.string });
const Claims = t.type({
  sub: UserId,
  sid: SessionId,
  username: t.string,
  purpose: t.literal(PURPOSE),
  jti: t.string,
  exp: t.string,
});

type TokenPorts = {
  readonly ring: TokenRing;
  readonly installation: string;
};

/** Names this installation in its tokens, so that one of another never passes here. Public. */
export const installationId = (masterKey: Buffer): string =>
  subkey(masterKey, 'installation-id').subarray(0, 12).toString('base64url');

// Signed along but not sent: a token of another purpose or installation fails by its signature, whatever it claims.
const assertion = (installation: string): Uint8Array =>
  Buffer.from(JSON.stringify(['filament', PURPOSE, installation]));

const rfc3339 = (millis: number): string => new Date(millis).toISOString();

export const createTokenIssuer =
  ({
    ring,
    installation,
    tokenSecs,
  }: TokenPorts & { readonly tokenSecs: number }): IssueAccessToken =>
  async ({ userId, sessionId, username, tokenId, issuedAt }) => {
    const second = issuedAt - (issuedAt % 1000);
    const expiresAt = (second + tokenSecs * 1000) as Timestamp;
    const { kid, key } = ring.signer(issuedAt);
    const claims = {
      sub: userId,
      username,
      sid: sessionId,
      jti: tokenId,
      iat: rfc3339(second),
      nbf: rfc3339(second),
      exp: rfc3339(expiresAt),
      aud: AUDIENCE,
      iss: installation,
      purpose: PURPOSE,
    };
    const token = await protocol.Sign(key, claims, {
      addIssuedAt: false,
      footer: Buffer.from(JSON.stringify({ kid })),
      implicitAssertion: assertion(installation),
    });
    return { token, expiresAt };
  };

const kidOf = (token: string): string | null => {
  try {
    const footer = Footer.decode(JSON.parse(Buffer.from(InspectFooter(token)).toString('utf8')));
    return isLeft(footer) ? null : footer.right.kid;
  } catch {
    return null; // Not a token, or a footer that isn't ours.
  }
};

const verifiedClaims = async (
  token: string,
  { ring, installation, clock }: TokenPorts & { readonly clock: Clock },
): Promise<unknown> => {
  const kid = kidOf(token);
  const key = kid === null ? null : await ring.verifier(kid);
  if (key === null) return null;
  try {
    const { claims } = await protocol.Verify(key, token, {
      now: new Date(clock.now()),
      clockTolerance: EARLY_SECS,
      audience: AUDIENCE,
      issuer: installation,
      implicitAssertion: assertion(installation),
    });
    return claims;
  } catch {
    return null; // The library throws for whatever is wrong with a token; to the caller it is all one.
  }
};

export type VerifyToken = (token: string) => Promise<Either<Unauthenticated, Identity>>;

/** Verifies signature, time, audience, issuer and purpose; every failure is the same value. Says nothing of revocation. */
export const createTokenVerifier =
  (ports: TokenPorts & { readonly clock: Clock }): VerifyToken =>
  async (token) => {
    if (token.length > TOKEN_CHARS_MAX) return UNAUTHENTICATED;
    const claims = Claims.decode(await verifiedClaims(token, ports));
    if (isLeft(claims)) return UNAUTHENTICATED;
    const { sub, sid, username, exp } = claims.right;
    const expiresAt = Date.parse(exp) as Timestamp;
    if (expiresAt <= ports.clock.now()) return UNAUTHENTICATED;
    return right({ userId: sub, sessionId: sid, username, expiresAt });
  };
