import { isLeft, left, right, type Either } from 'fp-ts/lib/Either.js';
import { type PictureKind } from '../../domain/account/events.ts';
import { type BlobStore } from '../blob/blob-store.ts';
import { type ContentKeys } from '../blob/content-keys.ts';
import { NOT_FOUND, type Failure } from '../failure.ts';
import { type StoredPicture } from './account-reader.ts';
import { pictureBlob, pictureScope } from './change-picture.ts';

/** The bytes of a picture are not what was stored: nothing is given out, and the operator must hear of it. */
export class PictureDamaged extends Error {
  override readonly name = 'PictureDamaged';
}

export type ReadPicture = (
  kind: PictureKind,
  picture: StoredPicture,
) => Promise<Either<Failure, AsyncIterable<Buffer>>>;

export const createReadPicture =
  ({
    blobs,
    keys,
  }: {
    readonly blobs: Pick<BlobStore, 'read'>;
    readonly keys: Pick<ContentKeys, 'find'>;
  }): ReadPicture =>
  async (kind, { pictureId, sizeBytes }) => {
    const key = await keys.find(pictureScope(pictureId));
    if (key === null) return left(NOT_FOUND);
    const read = await blobs.read({ name: pictureBlob(kind, pictureId), key, sizeBytes })();
    if (!isLeft(read)) return right(read.right);
    switch (read.left.type) {
      case 'NoSuchBlob':
        return left(NOT_FOUND); // Replaced between the look and the reading.
      case 'Damaged':
        throw new PictureDamaged(`The bytes of picture ${pictureId} are damaged.`);
      case 'StoreUnavailable':
        return left({ type: 'Unavailable', retryAfterSecs: 1 });
    }
  };
