// Objects as files of a local folder: written beside, synced, renamed, and the folder synced, so that a crash or a power
// cut leaves the whole file under its name or none.
import { randomBytes } from 'node:crypto';
import { mkdir, open, opendir, rename, stat, unlink, type FileHandle } from 'node:fs/promises';
import path from 'node:path';
import { BLOB_KINDS } from '../../application/blob/blob-store.ts';
import { isError } from '../logging/is-error.ts';
import { type Chunks, type ObjectStore } from './object-store.ts';

const INCOMING = '.incoming';
const READ_BYTES = 65_536;
const OWNER_ONLY = 0o600;

/** What of the file system a test may make fail. */
export type Files = {
  readonly open: typeof open;
  readonly rename: typeof rename;
  readonly unlink: typeof unlink;
};

const isMissing = (error: unknown): boolean =>
  isError(error) && 'code' in error && error.code === 'ENOENT';

const syncFolder = async (folder: string, files: Files): Promise<void> => {
  if (process.platform === 'win32') return; // Windows can't open a folder.
  const handle = await files.open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
};

const writeAll = async (handle: FileHandle, source: Chunks): Promise<void> => {
  for await (const bytes of source) {
    for (let written = 0; written < bytes.length;) {
      const { bytesWritten } = await handle.write(bytes, written);
      written += bytesWritten;
    }
  }
  await handle.sync();
};

/** Writes a stream to a new file; a failure leaves no file. */
export const writeFileDurably = async (
  file: string,
  source: Chunks,
  files: Files,
): Promise<void> => {
  const handle = await files.open(file, 'wx', OWNER_ONLY);
  try {
    await writeAll(handle, source);
  } catch (error) {
    await handle.close();
    // Whatever went wrong, its own error is what the caller must hear; the sweep takes a file that stays.
    await files.unlink(file).catch(() => {});
    throw error;
  }
  await handle.close();
};

/** A file's bytes from `start` up to `end` or its end; closes the file whether or not it is read to the end. */
async function* readChunks(handle: FileHandle, { start, end }: { start: number; end: number }) {
  try {
    for (let at = start; at < end;) {
      const buffer = Buffer.allocUnsafe(Math.min(READ_BYTES, end - at));
      const { bytesRead } = await handle.read(buffer, 0, buffer.length, at);
      if (bytesRead === 0) return;
      at += bytesRead;
      yield buffer.subarray(0, bytesRead);
    }
  } finally {
    await handle.close();
  }
}

const getFile = async (
  file: string,
  range: { start: number; end: number },
  files: Files,
): ReturnType<ObjectStore['get']> => {
  try {
    const handle = await files.open(file, 'r');
    const { size } = await handle.stat().catch(async (error: unknown) => {
      await handle.close();
      throw error;
    });
    const chunks = readChunks(handle, range);
    return { totalBytes: size, chunks };
  } catch (error) {
    if (isMissing(error)) return null;
    throw error;
  }
};

const removeFile = async (file: string, files: Files): Promise<boolean> => {
  try {
    await files.unlink(file);
    return true;
  } catch (error) {
    if (isMissing(error)) return false;
    throw error;
  }
};

/** The files of a folder and when each was last written; one that is removed meanwhile is left out. */
async function* filesOf(folder: string) {
  for await (const entry of await opendir(folder)) {
    if (!entry.isFile()) continue;
    const file = path.join(folder, entry.name);
    const facts = await stat(file).catch((error: unknown) => {
      if (isMissing(error)) return null;
      throw error;
    });
    if (facts !== null) yield { file, id: entry.name, writtenAt: facts.mtimeMs };
  }
}

/** Removes files that were begun before a time and never finished. */
export const sweepFolder = async (
  folder: string,
  before: number,
  files: Files,
): Promise<number> => {
  let swept = 0;
  for await (const { file, writtenAt } of filesOf(folder)) {
    if (writtenAt < before && (await removeFile(file, files))) swept += 1;
  }
  return swept;
};

export const systemFiles: Files = { open, rename, unlink };

/** A name in a folder of unfinished files that no other writer has. */
export const incomingName = (folder: string): string =>
  path.join(folder, randomBytes(16).toString('hex'));

/** Opens the folder, making it for this user only; rejects when it can't be used. */
export const openFolderObjects = async ({
  root,
  files = systemFiles,
}: {
  readonly root: string;
  readonly files?: Files;
}): Promise<ObjectStore> => {
  const incoming = path.join(root, INCOMING);
  const fileOf = (name: string) => path.join(root, ...name.split('/'));
  for (const folder of [INCOMING, ...BLOB_KINDS])
    await mkdir(path.join(root, folder), { recursive: true, mode: 0o700 });
  await syncFolder(root, files);
  return {
    put: async (name, source) => {
      const draft = incomingName(incoming);
      const file = fileOf(name);
      await writeFileDurably(draft, source, files);
      try {
        await files.rename(draft, file);
        await syncFolder(path.dirname(file), files);
      } catch (error) {
        for (const each of [draft, file]) await files.unlink(each).catch(() => {});
        throw error;
      }
    },
    get: (name, range) => getFile(fileOf(name), range, files),
    remove: async (name) => {
      const file = fileOf(name);
      if (await removeFile(file, files)) await syncFolder(path.dirname(file), files);
    },
    list: async function* (kind) {
      for await (const { id, writtenAt } of filesOf(path.join(root, kind)))
        yield { name: `${kind}/${id}`, writtenAt };
    },
    sweepUnfinished: (before) => sweepFolder(incoming, before, files),
  };
};
