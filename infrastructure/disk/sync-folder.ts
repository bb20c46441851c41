import { open } from 'node:fs/promises';

/** Puts a folder's names on the disk, without which a file that was renamed there may be gone after a crash. */
export const syncFolder = async (folder: string): Promise<void> => {
  if (process.platform === 'win32') return; // Windows can't open a folder.
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
};
