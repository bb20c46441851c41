import { chmod, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isRight, left, right } from 'fp-ts/lib/Either.js';
import * as fc from 'fast-check';
import { PublicProtocol } from 'paseto';
import { SignFactory } from 'paseto/v4/public';
import { type AccessClaims } from '../../application/session/access-tokens.ts';
import { type SessionId, type UserId } from '../../domain/shared/ids.ts';
import { type Timestamp } from '../../domain/shared/timestamp.ts';
import { ANNOUNCE_SECS, openTokenRing, ROTATE_SECS } from './token-ring.ts';
import { createTokenIssuer, createTokenVerifier, installationId } from './tokens.ts';

const noon = 1_767_268_800_000;
const claims: AccessClaims = {
  userId: '01J00000000000000000000VSR' as UserId,
  sessionId: '01J00000000000000000000SES' as SessionId,
  username: 'Ada',
  tokenId: 'abc',
  issuedAt: noon as Timestamp,
};
const TOKEN_SECS = 900;
const UNAUTHENTICATED = left({ type: 'Unauthenticated' });

describe('access tokens', () => {
  let folder: string;
  let now = noon;
  const clock = { now: () => now as Timestamp };
  beforeEach(async () => {
    now = noon;
    folder = await mkdtemp(join(tmpdir(), 'filament-ring-'));
  });
  afterEach(() => rm(folder, { recursive: true }));

  const path = () => join(folder, 'token-ring');
  const openRing = () => openTokenRing({ path: path(), clock, tokenSecs: TOKEN_SECS });
  const setUp = async (installation = 'here') => {
    const ring = await openRing();
    const issue = createTokenIssuer({ ring, installation, tokenSecs: TOKEN_SECS });
    const verify = createTokenVerifier({ ring, installation, clock });
    return { ring, issue, verify };
  };
  const issuedNow = (): AccessClaims => ({ ...claims, issuedAt: now as Timestamp });

  it('speak for whom they were issued, for a quarter of an hour', async () => {
    const { issue, verify } = await setUp();
    const { token, expiresAt } = await issue(claims);
    expect(token).toMatch(/^v4\.public\./);
    expect(expiresAt).toBe(noon + TOKEN_SECS * 1000);
    const { userId, sessionId, username } = claims;
    expect(await verify(token)).toEqual(right({ userId, sessionId, username, expiresAt }));
    now = expiresAt - 1;
    expect(isRight(await verify(token))).toBe(true);
    now = expiresAt;
    expect(await verify(token)).toEqual(UNAUTHENTICATED);
  });

  it('are valid on a node whose clock is a little behind', async () => {
    const { issue, verify } = await setUp();
    const { token } = await issue(claims);
    now = noon - 4_000;
    expect(isRight(await verify(token))).toBe(true);
    now = noon - 6_000;
    expect(await verify(token)).toEqual(UNAUTHENTICATED);
  });

  it('are the same for the same claims, in every process', async () => {
    const [one, two] = [await setUp(), await setUp()];
    expect(await one.issue(claims)).toEqual(await two.issue(claims));
    expect(await one.issue({ ...claims, tokenId: 'other' })).not.toEqual(await one.issue(claims));
  });

  it('fail alike when anything about them is changed', async () => {
    const { issue, verify } = await setUp();
    const { token } = await issue(claims);
    const change = fc.tuple(fc.nat(token.length - 1), fc.constantFrom('A', 'z', '0', '.', ''));
    await fc.assert(
      fc.asyncProperty(change, async ([at, character]) => {
        const changed = token.slice(0, at) + character + token.slice(at + 1);
        fc.pre(changed !== token);
        expect(await verify(changed)).toEqual(UNAUTHENTICATED);
      }),
      { numRuns: 300 },
    );
  });

  it('fail alike when they are no tokens', async () => {
    const { verify } = await setUp();
    const texts = ['', 'v4.public.', 'v4.public.AA.eyJ9', 'v4.local.AAAA', 'a'.repeat(1_000_000)];
    for (const text of texts) expect(await verify(text)).toEqual(UNAUTHENTICATED);
  });

  it('of another installation fail, even with the same keys', async () => {
    const { issue } = await setUp('here');
    const { verify } = await setUp('there');
    expect(await verify((await issue(claims)).token)).toEqual(UNAUTHENTICATED);
    expect(installationId(Buffer.alloc(32, 1))).not.toBe(installationId(Buffer.alloc(32, 2)));
  });

  it('of another purpose fail, though properly signed', async () => {
    const { ring, verify } = await setUp();
    const { kid, key } = ring.signer(clock.now());
    const sign = (purpose: string, assertion: string) =>
      new PublicProtocol(SignFactory).Sign(
        key,
        {
          sub: claims.userId,
          sid: claims.sessionId,
          username: 'Ada',
          jti: 'abc',
          iss: 'here',
          aud: 'filament',
          exp: new Date(noon + 1000).toISOString(),
          purpose,
        },
        {
          now: new Date(noon),
          footer: Buffer.from(JSON.stringify({ kid })),
          implicitAssertion: Buffer.from(JSON.stringify(['filament', assertion, 'here'])),
        },
      );
    expect(isRight(await verify(await sign('access', 'access')))).toBe(true);
    expect(await verify(await sign('media', 'access'))).toEqual(UNAUTHENTICATED);
    expect(await verify(await sign('access', 'media'))).toEqual(UNAUTHENTICATED);
  });

  it('outlive a restart and a rotation of keys', async () => {
    const { ring } = await setUp();
    const kids = new Set<string>();
    for (let day = 0; day < 100; day += 0.5) {
      now = noon + day * 86_400_000;
      await ring.maintain();
      const { issue } = await setUp(); // Another process
      const { token } = await issue(issuedNow());
      kids.add(ring.signer(clock.now()).kid);
      now += (TOKEN_SECS - 1) * 1000;
      await ring.maintain();
      expect(isRight(await (await setUp()).verify(token))).toBe(true);
    }
    expect(kids.size).toBe(4);
  });

  it('are signed with a key that every process knew before', async () => {
    const [one, two] = [await setUp(), await setUp()];
    now = noon + ROTATE_SECS * 1000;
    await one.ring.maintain();
    expect(await one.issue(issuedNow())).toEqual(await two.issue(issuedNow()));
    now += ANNOUNCE_SECS * 1000;
    const { token } = await one.issue(issuedNow());
    expect(isRight(await two.verify(token))).toBe(true); // Read again for the unknown key
  });

  it('need no more than two keys, kept from other users', async () => {
    const { ring } = await setUp();
    for (let month = 0; month < 24; month += 1) {
      now = noon + month * ROTATE_SECS * 1000;
      await ring.maintain();
    }
    const { keys } = JSON.parse(await readFile(path(), 'utf8')) as { keys: unknown[] };
    expect(keys.length).toBeLessThanOrEqual(2);
    expect((await stat(path())).mode & 0o777).toBe(0o600);
  });

  it('are not issued from a ring that is damaged or open to others', async () => {
    await openRing();
    await chmod(path(), 0o644);
    await expect(openRing()).rejects.toThrow(/chmod 600/);
    await chmod(path(), 0o600);
    for (const text of ['', '{', '{"format":1,"keys":[]}', '{"format":2,"keys":[]}']) {
      await writeFile(path(), text);
      await expect(openRing()).rejects.toThrow(/damaged/);
    }
  });
});
