// Bytes of pictures that no account shows: replaced ones whose removal failed, and uploads whose event never came.
import { type PictureKind } from '../../domain/account/events.ts';
import { PictureId } from '../../domain/shared/ids.ts';
import { type BlobStore } from '../blob/blob-store.ts';
import { type ContentKeys } from '../blob/content-keys.ts';
import { type Clock } from '../ports.ts';
import { type AccountReader } from './account-reader.ts';
import { pictureBlob, pictureScope } from './change-picture.ts';

const PAGE = 500;
// Longer than any upload takes from its bytes to its event in the read model.
const YOUNG_MS = 60 * 60_000;

type Ports = {
  readonly blobs: Pick<BlobStore, 'list' | 'remove'>;
  readonly keys: Pick<ContentKeys, 'destroy'>;
  readonly people: Pick<AccountReader, 'shown'>;
  readonly clock: Clock;
};

/** One round over all stored pictures; resolves with how many were removed. */
export const createSweepPictures = ({ blobs, keys, people, clock }: Ports) => {
  const removeUnshown = async (kind: PictureKind, ids: readonly PictureId[]): Promise<number> => {
    const shown = await people.shown(ids);
    const unshown = ids.filter((id) => !shown.has(id));
    for (const id of unshown) {
      await keys.destroy(pictureScope(id));
      await blobs.remove(pictureBlob(kind, id));
    }
    return unshown.length;
  };
  return async (): Promise<number> => {
    let removed = 0;
    for (const [kind, blobKind] of [
      ['avatar', 'avatars'],
      ['banner', 'banners'],
    ] as const) {
      let page: PictureId[] = [];
      for await (const { name, writtenAt } of blobs.list(blobKind)) {
        if (!PictureId.is(name.id) || writtenAt > clock.now() - YOUNG_MS) continue;
        page.push(name.id);
        if (page.length < PAGE) continue;
        removed += await removeUnshown(kind, page);
        page = [];
      }
      removed += await removeUnshown(kind, page);
    }
    return removed;
  };
};
