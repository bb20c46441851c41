// What is hashed and signed, to the byte. docs/log-verification.md says the same in words, for whoever writes another.
import { createPublicKey, hash, verify } from 'node:crypto';

export type LogEvent = {
  readonly position: string; // 20 digits where positions have no gaps, else 40
  readonly stream: string;
  readonly revision: number;
  readonly eventId: string; // Lower case, as all ids here
  readonly type: string;
  readonly version: number;
  readonly scope: string | null;
  readonly actor: string;
  readonly correlationId: string;
  readonly causationId: string | null;
  readonly recordedAt: number; // Unix ms
  readonly payload: string; // The exact text as stored
};

export type SealedRange = {
  readonly installation: string;
  readonly first: string;
  readonly last: string;
  readonly events: number;
  readonly root: string; // Hex
  readonly previous: string | null; // Hex
  readonly key: string; // An Ed25519 public key: 32 bytes in base64url
  readonly nextKey: string | null;
  readonly at: number;
};
export type Seal = SealedRange & { readonly signature: string }; // 64 bytes in base64url

const NULL = 0xffffffff; // No text is as long.
const sha256 = (bytes: Uint8Array): string => hash('sha256', bytes, 'hex');

/** Texts in a row, each behind its number of bytes, all behind one byte: no two rows of texts give the same bytes. */
export const encode = (kind: number, texts: readonly (string | null)[]): Buffer => {
  const size = texts.reduce((sum, text) => sum + 4 + Buffer.byteLength(text ?? ''), 1);
  const bytes = Buffer.allocUnsafe(size);
  let at = bytes.writeUInt8(kind);
  for (const text of texts) {
    const length = bytes.write(text ?? '', at + 4);
    bytes.writeUInt32BE(text === null ? NULL : length, at);
    at += 4 + length;
  }
  return bytes;
};

/** The hash of an event, with everything that is stored of it. */
export const leafHash = (event: LogEvent): string => {
  const { position, stream, revision, eventId, type, version, scope, actor } = event;
  const { correlationId, causationId, recordedAt, payload } = event;
  const place = [position, stream, String(revision), eventId, type, String(version), scope, actor];
  return sha256(encode(0, [...place, correlationId, causationId, String(recordedAt), payload]));
};

/** The Merkle tree hash of RFC 6962, leaf by leaf: of a range of any length only the full subtrees are kept. */
export const createTree = () => {
  const full: { hash: string; size: number }[] = [];
  const join = (left: string, right: string) => sha256(Buffer.from(`01${left}${right}`, 'hex'));
  return {
    add: (leaf: string): void => {
      let node = { hash: leaf, size: 1 };
      for (let left = full.at(-1); left?.size === node.size; left = full.at(-1)) {
        full.pop();
        node = { hash: join(left.hash, node.hash), size: 2 * node.size };
      }
      full.push(node);
    },
    root: (): string =>
      full.reduceRight((right, left) => (right === '' ? left.hash : join(left.hash, right)), ''),
  };
};

/** What the signature of a seal is made over. */
export const signedBytes = (seal: SealedRange): Buffer => {
  const { installation, first, last, events, root, previous, key, nextKey, at } = seal;
  const range = [installation, first, last, String(events), root, previous, key, nextKey];
  return encode(2, ['filament seal 1', ...range, String(at)]);
};

/** What the signature of an export is made over. */
export const signedExport = (sha256OfLines: string): Buffer =>
  encode(2, ['filament export 1', sha256OfLines]);

export const isSignedBy = (key: string, bytes: Uint8Array, signature: string): boolean => {
  if (!/^[\w-]{43}$/.test(key) || !/^[\w-]{86}$/.test(signature)) return false;
  if (Buffer.from(signature, 'base64url').toString('base64url') !== signature) return false;
  const jwk = { kty: 'OKP', crv: 'Ed25519', x: key };
  return verify(
    null,
    bytes,
    createPublicKey({ key: jwk, format: 'jwk' }),
    Buffer.from(signature, 'base64url'),
  );
};

const isSeal = (value: unknown): value is Seal => {
  if (typeof value !== 'object' || value === null) return false;
  const seal = value as Partial<Record<keyof Seal, unknown>>;
  const { installation, first, last, root, key, signature, previous, nextKey, events, at } = seal;
  return (
    [installation, first, last, root, key, signature].every((text) => typeof text === 'string') &&
    [previous, nextKey].every((text) => text === null || typeof text === 'string') &&
    [events, at].every((number) => Number.isSafeInteger(number))
  );
};

/** The seal that an event is; null when it is none, undefined when it can't be read. */
export const sealOf = ({ stream, type, version, payload }: LogEvent): Seal | null | undefined => {
  if (stream !== 'log' || type !== 'LogSealed') return null;
  try {
    const value: unknown = JSON.parse(payload);
    return version === 1 && isSeal(value) ? value : undefined;
  } catch {
    return undefined;
  }
};
