// The keys that sign seals: one file for all processes of an installation, oldest key first. A key is never removed, since
// each may have to announce the one after it.
import { createPrivateKey, generateKeyPairSync, sign } from 'node:crypto';
import { isLeft } from 'fp-ts/lib/Either.js';
import * as t from 'io-ts';
import { type Clock } from '../../application/ports.ts';
import { Timestamp } from '../../domain/shared/timestamp.ts';
import {
  createSecretFile,
  readSecretFile,
  replaceSecretFile,
  SecretRefused,
} from '../secrets/secret-file.ts';

export const SIGNING_KEY_SECS = 365 * 86_400;
const KEYS_MAX = 256;

const KEY_TEXT = /^[\w-]{43}$/;
const KeyText = t.refinement(t.string, (text) => KEY_TEXT.test(text), 'KeyText');
const StoredKey = t.strict({ publicKey: KeyText, secret: KeyText, madeAt: Timestamp });
type StoredKey = t.TypeOf<typeof StoredKey>;
const KeyFile = t.strict({ format: t.literal(1), keys: t.array(StoredKey) });

export type SigningKey = {
  readonly publicKey: string; // 32 bytes in base64url
  readonly sign: (bytes: Uint8Array) => string; // 64 bytes in base64url
};

export type SigningKeys = {
  /** All keys, oldest first, as the file has them now: another process may have added one. Never empty. */
  readonly read: () => Promise<readonly SigningKey[]>;
  /** Adds a key when the newest is old enough, or at once if told to; the next seal announces it. */
  readonly rotate: (options?: { readonly now: boolean }) => Promise<void>;
};

const parse = (path: string, text: string): readonly StoredKey[] => {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    json = null;
  }
  const file = KeyFile.decode(json);
  if (isLeft(file) || file.right.keys.length === 0 || file.right.keys.length > KEYS_MAX)
    throw new SecretRefused(
      `${path} is damaged. Restore it, or remove it: a new key is made, which nobody vouches for yet.`,
    );
  return file.right.keys;
};

const print = (keys: readonly StoredKey[]): string =>
  JSON.stringify(KeyFile.encode({ format: 1, keys: [...keys] }));

const makeKey = (madeAt: Timestamp): StoredKey => {
  const { d, x } = generateKeyPairSync('ed25519').privateKey.export({ format: 'jwk' });
  if (!KeyText.is(d) || !KeyText.is(x)) throw new Error('No Ed25519 key could be made.');
  return { publicKey: x, secret: d, madeAt };
};

const signingKey = ({ publicKey, secret }: StoredKey): SigningKey => {
  const jwk = { kty: 'OKP', crv: 'Ed25519', x: publicKey, d: secret };
  const key = createPrivateKey({ key: jwk, format: 'jwk' });
  return { publicKey, sign: (bytes) => sign(null, bytes, key).toString('base64url') };
};

/** The keys at `path`, made on first use. Rejects with SecretRefused when the file can't be trusted. */
export const openSigningKeys = ({
  path,
  clock,
  rotateSecs = SIGNING_KEY_SECS,
}: {
  readonly path: string; // In the folder of secrets
  readonly clock: Clock;
  readonly rotateSecs?: number;
}): SigningKeys => {
  const readStored = async (): Promise<readonly StoredKey[]> => {
    const text = await readSecretFile(path);
    return parse(path, text ?? (await createSecretFile(path, print([makeKey(clock.now())]))));
  };
  return {
    read: async () => (await readStored()).map(signingKey),
    rotate: async ({ now } = { now: false }) => {
      const keys = await readStored();
      const age = clock.now() - (keys.at(-1)?.madeAt ?? 0);
      if (!now && age < rotateSecs * 1000) return;
      if (keys.length >= KEYS_MAX)
        throw new SecretRefused(`${path} holds ${KEYS_MAX} keys already.`);
      await replaceSecretFile(path, print([...keys, makeKey(clock.now())]));
    },
  };
};
