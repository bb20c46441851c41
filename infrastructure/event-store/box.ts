// A box: one text sealed with AES-256-GCM, bound to the place it was written for.
// Text form: `1` (the format) and base64url of IV (12 bytes), ciphertext and tag (16 bytes).
import { createCipheriv, createDecipheriv } from 'node:crypto';
import { pooledRandomBytes } from '../secrets/random-pool.ts';

/** The place of a box; moved anywhere else it no longer opens. */
export type BoxPlace = {
  readonly eventId: string;
  readonly type: string;
  readonly version: number; // As stored
  readonly path: string; // The field
};

const CIPHER = 'aes-256-gcm';
const FORMAT = '1';
const IV_BYTES = 12;
const TAG_BYTES = 16;
const TAG_OPTIONS = { authTagLength: TAG_BYTES } as const;

// JSON frames the parts, so no two places give the same bytes whatever the parts contain.
const associated = ({ eventId, type, version, path }: BoxPlace): Buffer =>
  Buffer.from(JSON.stringify([eventId, type, version, path]));

/** Seals a text under a 32-byte key. */
export const sealBox = (text: string, key: Buffer, place: BoxPlace): string => {
  const iv = pooledRandomBytes(IV_BYTES);
  const cipher = createCipheriv(CIPHER, key, iv, TAG_OPTIONS);
  cipher.setAAD(associated(place));
  const sealed = Buffer.concat([
    iv,
    cipher.update(text, 'utf8'),
    cipher.final(),
    cipher.getAuthTag(),
  ]);
  return FORMAT + sealed.toString('base64url');
};

/** Opens a box; null when it is damaged, of another place or of another key. */
export const openBox = (box: string, key: Buffer, place: BoxPlace): string | null => {
  if (!box.startsWith(FORMAT)) return null;
  const sealed = Buffer.from(box.slice(FORMAT.length), 'base64url');
  if (sealed.length < IV_BYTES + TAG_BYTES) return null;
  const end = sealed.length - TAG_BYTES;
  const decipher = createDecipheriv(CIPHER, key, sealed.subarray(0, IV_BYTES), TAG_OPTIONS);
  decipher.setAAD(associated(place));
  decipher.setAuthTag(sealed.subarray(end));
  const text = decipher.update(sealed.subarray(IV_BYTES, end), undefined, 'utf8');
  try {
    return text + decipher.final('utf8');
  } catch {
    return null; // Node reports a failed authentication by throwing.
  }
};
