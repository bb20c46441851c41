// The form of a blob at rest, after STREAM (Hoang, Reyhanitabar, Rogaway, Vizár 2015): a header of the format's name and a
// random salt, then chunks of 64 KiB, each sealed with AES-256-GCM under its number and whether it is the last. So any
// range opens by itself, and a chunk that is altered, moved, dropped or cut off never does. docs/decisions/attachments.md.
import { createCipheriv, createDecipheriv, createHmac } from 'node:crypto';
import { pooledRandomBytes } from '../secrets/random-pool.ts';

export const CHUNK_BYTES = 65_536;
const TAG_BYTES = 16;
export const SEALED_CHUNK_BYTES = CHUNK_BYTES + TAG_BYTES;
const FORMAT = Buffer.from('FLB1', 'latin1');
const SALT_BYTES = 32;
export const HEADER_BYTES = FORMAT.length + SALT_BYTES;
const CIPHER = 'aes-256-gcm';
const NONCE_BYTES = 12;
const TAG_OPTIONS = { authTagLength: TAG_BYTES } as const;

/** How many chunks a blob of so many bytes has. An empty blob has one, so that its emptiness is authentic too. */
export const chunkCount = (sizeBytes: number): number =>
  Math.max(1, Math.ceil(sizeBytes / CHUNK_BYTES));

/** How long a blob of so many bytes is at rest. */
export const sealedSize = (sizeBytes: number): number =>
  HEADER_BYTES + sizeBytes + chunkCount(sizeBytes) * TAG_BYTES;

export const newHeader = (): Buffer => Buffer.concat([FORMAT, pooledRandomBytes(SALT_BYTES)]);

export const isHeader = (bytes: Buffer): boolean =>
  bytes.length === HEADER_BYTES && bytes.subarray(0, FORMAT.length).equals(FORMAT);

/**
 * The key of one blob. The salt makes it another one for each blob, so that nonces can be plain numbers under a data key
 * that seals texts too; the name makes a blob moved to another name unreadable.
 */
export const blobKey = (dataKey: Buffer, name: string, header: Buffer): Buffer =>
  createHmac('sha256', dataKey).update(`filament blob\0${name}\0`).update(header).digest();

const nonceOf = (index: number, isLast: boolean): Buffer => {
  const nonce = Buffer.alloc(NONCE_BYTES);
  nonce.writeUInt32BE(index, NONCE_BYTES - 5);
  nonce.writeUInt8(isLast ? 1 : 0, NONCE_BYTES - 1);
  return nonce;
};

export const sealChunk = (
  plain: Uint8Array,
  key: Buffer,
  index: number,
  isLast: boolean,
): Buffer => {
  const cipher = createCipheriv(CIPHER, key, nonceOf(index, isLast), TAG_OPTIONS);
  return Buffer.concat([cipher.update(plain), cipher.final(), cipher.getAuthTag()]);
};

/** Null when it is not the chunk it should be. */
export const openChunk = (
  sealed: Buffer,
  key: Buffer,
  index: number,
  isLast: boolean,
): Buffer | null => {
  if (sealed.length < TAG_BYTES) return null;
  const end = sealed.length - TAG_BYTES;
  const decipher = createDecipheriv(CIPHER, key, nonceOf(index, isLast), TAG_OPTIONS);
  decipher.setAuthTag(sealed.subarray(end));
  const plain = decipher.update(sealed.subarray(0, end));
  try {
    decipher.final();
    return plain;
  } catch {
    return null; // Node reports a failed authentication by throwing.
  }
};

/** Regroups a stream into pieces of exactly `size` bytes; the last is shorter or as long, and none is empty. */
export async function* inPieces(source: AsyncIterable<Uint8Array>, size: number) {
  let parts: Uint8Array[] = [];
  let gathered = 0;
  for await (const bytes of source) {
    let rest = bytes;
    while (gathered + rest.length >= size) {
      parts.push(rest.subarray(0, size - gathered));
      yield Buffer.concat(parts, size);
      rest = rest.subarray(size - gathered);
      parts = [];
      gathered = 0;
    }
    if (rest.length > 0) parts.push(rest);
    gathered += rest.length;
  }
  if (gathered > 0) yield Buffer.concat(parts, gathered);
}
