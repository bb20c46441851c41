// The keys that sign access tokens: one file for all processes of an installation, rotated with overlap.
// A new key is announced an hour before it signs, so every process has read it by then, and signing is chosen by the
// token's time of issue: the same claims are signed with the same key by whichever process, before and after a rotation.
import { randomBytes } from 'node:crypto';
import { isLeft } from 'fp-ts/lib/Either.js';
import * as t from 'io-ts';
import { PublicProtocol } from 'paseto';
import {
  ExportSecretKeyFactory,
  GenerateKeyPairFactory,
  GetPublicKeyFactory,
  ImportSecretKeyFactory,
  type PublicKey,
  type SecretKey,
} from 'paseto/v4/public';
import { type Clock } from '../../application/ports.ts';
import { Timestamp } from '../../domain/shared/timestamp.ts';
import {
  createSecretFile,
  readSecretFile,
  replaceSecretFile,
  SecretRefused,
} from '../secrets/secret-file.ts';

export const ROTATE_SECS = 30 * 86_400;
export const ANNOUNCE_SECS = 3_600;
// An unknown key id may be one that another process just announced, or an attacker's: one look a second serves both.
const RELOAD_MS_MIN = 1_000;
const KEYS_MAX = 64;

const keys = new PublicProtocol(
  GenerateKeyPairFactory,
  GetPublicKeyFactory,
  ImportSecretKeyFactory,
  ExportSecretKeyFactory,
);

const isSecretKeyText = (text: string): text is `k4.secret.${string}` =>
  /^k4\.secret\.[A-Za-z0-9_-]{86}$/.test(text);

const RingFile = t.strict({
  format: t.literal(1),
  keys: t.array(t.strict({ kid: t.string, secret: t.string, activeFrom: Timestamp })),
});
type StoredKey = t.TypeOf<typeof RingFile>['keys'][number];
type RingKey = StoredKey & { readonly secretKey: SecretKey; readonly publicKey: PublicKey };

export type TokenRing = {
  /** The key that signs tokens issued at this time. */
  readonly signer: (issuedAt: Timestamp) => { readonly kid: string; readonly key: SecretKey };
  readonly verifier: (kid: string) => Promise<PublicKey | null>;
  /** Reads what other processes announced, announces a new key when due, drops those no living token needs. */
  readonly maintain: () => Promise<void>;
};

const parseRing = (path: string, text: string): readonly StoredKey[] => {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    json = null;
  }
  const ring = RingFile.decode(json);
  if (isLeft(ring) || ring.right.keys.length === 0 || ring.right.keys.length > KEYS_MAX) {
    throw new SecretRefused(`${path} is damaged. Restore it, or remove it: all must sign in anew.`);
  }
  return ring.right.keys;
};

const printRing = (ring: readonly StoredKey[]): string =>
  JSON.stringify(
    RingFile.encode({
      format: 1,
      keys: ring.map(({ kid, secret, activeFrom }) => ({ kid, secret, activeFrom })),
    }),
  );

const importKey = async (path: string, stored: StoredKey): Promise<RingKey> => {
  if (!isSecretKeyText(stored.secret)) throw new SecretRefused(`${path} holds a damaged key.`);
  const secretKey = await keys.ImportSecretKey(stored.secret, { extractable: true });
  return { ...stored, secretKey, publicKey: await keys.GetPublicKey(secretKey) };
};

const makeKey = async (activeFrom: number): Promise<StoredKey> => {
  const { secretKey } = await keys.GenerateKeyPair({ extractable: true });
  return {
    kid: randomBytes(9).toString('base64url'),
    secret: await keys.ExportSecretKey(secretKey),
    activeFrom: activeFrom as Timestamp,
  };
};

const byAge = (a: StoredKey, b: StoredKey): number => a.activeFrom - b.activeFrom;

/** Drops keys whose last token has expired, an hour of grace included; `ring` is oldest first. */
const withoutRetired = (
  ring: readonly StoredKey[],
  now: Timestamp,
  tokenSecs: number,
): readonly StoredKey[] =>
  ring.filter((_, index) => {
    const next = ring[index + 1];
    return next === undefined || next.activeFrom + (tokenSecs + ANNOUNCE_SECS) * 1000 > now;
  });

const isDue = (ring: readonly StoredKey[], now: Timestamp, rotateSecs: number): boolean =>
  (ring.at(-1)?.activeFrom ?? 0) + (rotateSecs - ANNOUNCE_SECS) * 1000 <= now;

/** Opens the ring at `path`, making it on first start. Throws SecretRefused when the file can't be trusted. */
export const openTokenRing = async ({
  path,
  clock,
  tokenSecs,
  rotateSecs = ROTATE_SECS,
}: {
  readonly path: string; // In the folder of secrets
  readonly clock: Clock;
  readonly tokenSecs: number; // limits.accessTokenSecs
  readonly rotateSecs?: number;
}): Promise<TokenRing> => {
  let ring: readonly RingKey[] = [];
  let loadedAt = 0;

  const adopt = async (stored: readonly StoredKey[]): Promise<void> => {
    const known = new Map(ring.map((key) => [key.kid, key]));
    ring = await Promise.all(
      [...stored]
        .sort(byAge)
        .map(async (key) => known.get(key.kid) ?? (await importKey(path, key))),
    );
  };
  const load = async (): Promise<void> => {
    loadedAt = clock.now();
    const first = async () => printRing([await makeKey(clock.now())]);
    const text = (await readSecretFile(path)) ?? (await createSecretFile(path, await first()));
    await adopt(parseRing(path, text));
  };
  const find = (kid: string): PublicKey | null =>
    ring.find((key) => key.kid === kid)?.publicKey ?? null;

  await load();
  return {
    signer: (issuedAt) => {
      const active = ring.findLast(({ activeFrom }) => activeFrom <= issuedAt) ?? ring[0];
      if (active === undefined) throw new Error('The ring is never empty once it is open.');
      return { kid: active.kid, key: active.secretKey };
    },
    verifier: async (kid) => {
      const found = find(kid);
      if (found !== null || clock.now() - loadedAt < RELOAD_MS_MIN) return found;
      await load();
      return find(kid);
    },
    // Two processes may announce at once: the later file wins, and the other key is forgotten unused, since each reads
    // the file again before the hour is over.
    maintain: async () => {
      await load();
      const now = clock.now();
      const kept = withoutRetired(ring, now, tokenSecs);
      const announced = isDue(kept, now, rotateSecs)
        ? [await makeKey(now + ANNOUNCE_SECS * 1000)]
        : [];
      if (announced.length === 0 && kept.length === ring.length) return;
      await replaceSecretFile(path, printRing([...kept, ...announced]));
      await load();
    },
  };
};
