// The bytes of what a person uploaded, opened on their way to whoever keeps them.
import { isLeft } from 'fp-ts/lib/Either.js';
import { pictureBlob, pictureScope } from '../account/change-picture.ts';
import { attachmentScope } from '../attachment/attachment-streams.ts';
import { type BlobName, type BlobStore } from '../blob/blob-store.ts';
import { type ContentKeys } from '../blob/content-keys.ts';
import { type Recorded } from '../event-store/event-store.ts';
import { type Fields } from './given-of-event.ts';

/** Keeps a file's bytes under a name; rejects, and keeps nothing, when the source breaks. */
export type KeepBytes = (
  name: string,
  source: AsyncIterable<Buffer>,
) => Promise<{ readonly path: string; readonly sha256: string }>;

export type BytesPorts = {
  readonly keys: Pick<ContentKeys, 'find'>;
  readonly blobs: Pick<BlobStore, 'read'>;
};

type Stored = {
  readonly scope: string;
  readonly blob: BlobName;
  readonly sizeBytes: number;
  readonly name: string;
};
type Read = { readonly fields: Fields; readonly isMissing: boolean };

const GONE: Read = { fields: { file: null, file_state: 'destroyed' }, isMissing: false };
const MISSING: Read = { fields: { file: null, file_state: 'unreadable' }, isMissing: true };

// The name is the person's and may be anything, so only an ending that means no harm is taken over.
const endingOf = (filename: string | null): string =>
  /\.[A-Za-z0-9]{1,8}$/.exec(filename ?? '')?.[0].toLowerCase() ?? '';

const storedOf = (event: Recorded): Stored | null => {
  if (event.type === 'AttachmentUploaded') {
    const { attachmentId: id, filename, sizeBytes } = event.data;
    const blob = { kind: 'attachments', id } as const;
    const name = `attachments/${id}${endingOf(filename)}`;
    return { scope: attachmentScope(id), blob, sizeBytes, name };
  }
  if (event.type !== 'ProfilePictureChanged') return null;
  const { pictureId: id, kind, mimeType, sizeBytes } = event.data;
  const name = `pictures/${kind}-${id}${endingOf(mimeType.replace('image/', '.'))}`;
  return { scope: pictureScope(id), blob: pictureBlob(kind, id), sizeBytes, name };
};

/** Tells a source that broke from a keeper that could not. */
const watched = (source: AsyncIterable<Buffer>) => {
  let isBroken = false;
  async function* bytes() {
    try {
      yield* source;
    } catch (error) {
      isBroken = true;
      throw error;
    }
  }
  return { bytes: bytes(), isBroken: () => isBroken };
};

/**
 * Makes what reads the bytes an event tells of and says what became of them. Throws when the store of bytes is away, or
 * the keeper can't keep.
 */
export const createReadPersonalBytes =
  ({ keys, blobs }: BytesPorts, keep: KeepBytes) =>
  async (event: Recorded): Promise<Read> => {
    const stored = storedOf(event);
    if (stored === null) return { fields: {}, isMissing: false };
    const { scope, blob, sizeBytes, name } = stored;
    const key = await keys.find(scope);
    if (key === null) return GONE;
    const read = await blobs.read({ name: blob, key, sizeBytes })();
    if (isLeft(read)) {
      if (read.left.type === 'StoreUnavailable')
        throw new Error(`The store of attachments is away: ${read.left.reason}`);
      // Deleted in between, or damaged: only the key says which.
      return (await keys.find(scope)) === null ? GONE : MISSING;
    }
    const { bytes, isBroken } = watched(read.right);
    try {
      const { path, sha256 } = await keep(name, bytes);
      return { fields: { file: path, file_state: 'given', file_sha256: sha256 }, isMissing: false };
    } catch (error) {
      if (isBroken()) return MISSING;
      throw error;
    }
  };
