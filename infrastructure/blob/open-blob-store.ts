import path from 'node:path';
import { type BlobStore } from '../../application/blob/blob-store.ts';
import { openFolderObjects } from './folder-objects.ts';
import { createSealedBlobStore } from './sealed-blob-store.ts';

type Settings = { readonly dataDirectory: string; readonly attachmentRoot: string | null };

/** Opens the store of bytes that the configuration names; rejects with what to do when it can't be used. */
export const openBlobStore = async ({
  dataDirectory,
  attachmentRoot,
}: Settings): Promise<BlobStore> => {
  const root = path.resolve(attachmentRoot ?? path.join(dataDirectory, 'attachments'));
  try {
    return createSealedBlobStore(await openFolderObjects({ root }));
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new Error(
      `The folder for attachments can't be used (${reason}). ` +
        'Set FILAMENT_ATTACHMENT_ROOT to a folder that this user may write to.',
      { cause },
    );
  }
};
