// The file of an export: a tar archive, made in a folder of its own beside it and given its name only when it is whole and on
// the disk. Lines wait in files of that folder until all are known, since an archive must say a file's length before it.
import { createHash, type Hash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdtemp, open, rename, rm, stat, type FileHandle } from 'node:fs/promises';
import path from 'node:path';
import { createTarPacker } from 'modern-tar';
import {
  LINE_FILES_BESIDE_EVENTS,
  type ExportSink,
  type LineFile,
} from '../../application/account-export/export-account.ts';
import { EVENT_FILES, type Fields } from '../../application/account-export/given-of-event.ts';
import { syncFolder } from '../disk/sync-folder.ts';

const LINE_FILES: readonly LineFile[] = [...EVENT_FILES, ...LINE_FILES_BESIDE_EVENTS];
const OWNER_ONLY = 0o600;
const HELD_CHARS_MAX = 64 * 1024;

/** The name is taken, or the place is none. */
export class ArchiveRefused extends Error {
  override readonly name = 'ArchiveRefused';
}

export type FileInArchive = {
  readonly name: string;
  readonly bytes: number;
  readonly sha256: string;
  readonly lines?: number;
};
export type WrittenArchive = { readonly bytes: number; readonly sha256: string };

export type Archive = ExportSink & {
  /** The files of lines and of the account, as they are now; nothing can be added to them afterwards. */
  readonly seal: () => Promise<readonly FileInArchive[]>;
  /** Adds the last files and gives the archive its name. */
  readonly finish: (last: Readonly<Record<string, string>>) => Promise<WrittenArchive>;
  /** Leaves no trace, whole or not. */
  readonly discard: () => Promise<void>;
};

type Spool = {
  readonly line: (text: string) => Promise<void>;
  readonly end: () => Promise<number>;
};

/** Appends to a file, some lines at a time. */
const openSpool = async (file: string): Promise<Spool> => {
  const handle = await open(file, 'wx', OWNER_ONLY);
  let held = '';
  let lines = 0;
  const flush = async (): Promise<void> => {
    const text = held;
    held = '';
    await handle.writeFile(text);
  };
  return {
    line: async (text) => {
      held += text;
      lines += 1;
      if (held.length >= HELD_CHARS_MAX) await flush();
    },
    end: async () => {
      try {
        await flush();
      } finally {
        await handle.close();
      }
      return lines;
    },
  };
};

const createTar = (handle: FileHandle, root: string, madeAt: Date) => {
  const { readable, controller } = createTarPacker();
  const hash: Hash = createHash('sha256');
  let bytes = 0;
  const pumped = (async () => {
    for await (const chunk of readable) {
      hash.update(chunk);
      bytes += chunk.length;
      await handle.writeFile(chunk);
    }
  })();
  pumped.catch(() => {}); // Whoever adds next, or waits for the end, hears of it.
  const add = async (name: string, size: number, source: AsyncIterable<Uint8Array>) => {
    const header = { name: `${root}/${name}`, size, mode: OWNER_ONLY, mtime: madeAt };
    const body = controller.add(header).getWriter();
    body.closed.catch(() => {}); // Told by the write that it fails.
    const sum = createHash('sha256');
    for await (const chunk of source) {
      sum.update(chunk);
      await body.write(chunk);
    }
    await body.close();
    return sum.digest('hex');
  };
  return {
    add,
    end: async (): Promise<WrittenArchive> => {
      controller.finalize();
      await pumped;
      return { bytes, sha256: hash.digest('hex') };
    },
  };
};

async function* bytesOf(text: Uint8Array) {
  yield await Promise.resolve(text);
}

const requireFree = async (file: string): Promise<void> => {
  const isThere = await stat(file).then(
    () => true,
    () => false,
  );
  if (isThere)
    throw new ArchiveRefused(`${file} is there already. Name another file, or remove it.`);
};

const makeFolder = async (file: string): Promise<string> => {
  try {
    return await mkdtemp(`${file}.part-`);
  } catch (cause) {
    throw new ArchiveRefused(`${path.dirname(file)} can't be written to.`, { cause });
  }
};

/** Writes bytes to a file of their own first: an archive can't take back a file whose source broke. */
const writePiece = async (file: string, source: AsyncIterable<Uint8Array>): Promise<number> => {
  const handle = await open(file, 'w', OWNER_ONLY);
  let bytes = 0;
  try {
    for await (const chunk of source) {
      bytes += chunk.length;
      await handle.writeFile(chunk);
    }
  } finally {
    await handle.close();
  }
  return bytes;
};

/** Begins an archive whose files lie under `root` in it; throws ArchiveRefused. */
export const openArchive = async (file: string, root: string, madeAt: Date): Promise<Archive> => {
  await requireFree(file);
  const folder = await makeFolder(path.resolve(file));
  const inFolder = (name: string) => path.join(folder, name);
  const handle = await open(inFolder('archive'), 'wx', OWNER_ONLY);
  const tar = createTar(handle, root, madeAt);
  const spools = new Map<LineFile, Spool>();
  for (const name of LINE_FILES) spools.set(name, await openSpool(inFolder(name)));
  let account = '{}\n';
  const addText = async (name: string, text: string): Promise<FileInArchive> => {
    const encoded = Buffer.from(text);
    const sha256 = await tar.add(name, encoded.length, bytesOf(encoded));
    return { name, bytes: encoded.length, sha256 };
  };
  return {
    line: async (name, value) => spools.get(name)?.line(`${JSON.stringify(value)}\n`),
    account: (value: Fields) => {
      account = `${JSON.stringify(value, null, 2)}\n`;
      return Promise.resolve();
    },
    bytes: async (name, source) => {
      const piece = inFolder('piece');
      const size = await writePiece(piece, source);
      return { path: name, sha256: await tar.add(name, size, createReadStream(piece)) };
    },
    seal: async () => {
      const files = [await addText('account.json', account)];
      for (const [file, spool] of spools) {
        const lines = await spool.end();
        const { size: bytes } = await stat(inFolder(file));
        const name = `${file}.jsonl`;
        const sha256 = await tar.add(name, bytes, createReadStream(inFolder(file)));
        files.push({ name, bytes, sha256, lines });
      }
      return files;
    },
    finish: async (last) => {
      for (const [name, text] of Object.entries(last)) await addText(name, text);
      const written = await tar.end();
      await handle.sync();
      await requireFree(file);
      await rename(inFolder('archive'), file);
      await syncFolder(path.dirname(path.resolve(file)));
      return written;
    },
    discard: async () => {
      await handle.close().catch(() => {});
      for (const spool of spools.values()) await spool.end().catch(() => {});
      await rm(folder, { recursive: true, force: true });
    },
  };
};
