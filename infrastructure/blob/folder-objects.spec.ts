import {
  mkdtemp,
  open,
  readdir,
  readFile,
  rename,
  rm,
  stat,
  unlink,
  utimes,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { left } from 'fp-ts/lib/Either.js';
import { openFolderObjects, type Files } from './folder-objects.ts';
import { createSealedBlobStore } from './sealed-blob-store.ts';
import { blobNo, describeBlobStore, pieces, testKey } from './testing/blob-store-contract.ts';

const roots: string[] = [];
const newRoot = async (): Promise<string> => {
  const root = await mkdtemp(path.join(tmpdir(), 'filament-blobs-'));
  roots.push(root);
  return root;
};
afterAll(() => Promise.all(roots.map((root) => rm(root, { recursive: true }))));

describe('blobs in a folder', () => {
  describeBlobStore(async () => {
    const root = await newRoot();
    return {
      blobs: createSealedBlobStore(await openFolderObjects({ root })),
      readObject: (name) => readFile(path.join(root, name)).catch(() => null),
      writeObject: (name, bytes) => writeFile(path.join(root, name), bytes),
    };
  });
});

describe('a folder that fails', () => {
  const systemFiles: Files = { open, rename, unlink };
  const bytes = Buffer.alloc(300_000, 1);
  const failingAt = async (files: Partial<Files>) => {
    const root = await newRoot();
    await openFolderObjects({ root });
    const objects = await openFolderObjects({ root, files: { ...systemFiles, ...files } });
    return { root, blobs: createSealedBlobStore(objects) };
  };
  const unavailable = (reason: string) => left({ type: 'StoreUnavailable', reason });
  const write = (blobs: ReturnType<typeof createSealedBlobStore>) =>
    blobs.write({ name: blobNo(1), key: testKey, source: pieces(bytes), bytesMax: 1e6 })();
  const filesIn = async (root: string) => [
    ...(await readdir(path.join(root, '.incoming'))),
    ...(await readdir(path.join(root, 'attachments'))),
  ];

  it('says so when the disk is full, keeps nothing, and works again with space', async () => {
    let room = 150_000;
    const full: Files['open'] = async (...args) => {
      const handle = await open(...args);
      const write = handle.write.bind(handle) as (
        buffer: Buffer,
        offset: number,
      ) => Promise<{ bytesWritten: number; buffer: Buffer }>;
      const limited = async (buffer: Buffer, offset: number) => {
        room -= buffer.length - offset;
        if (room < 0) throw new Error('ENOSPC: no space left on device');
        return write(buffer, offset);
      };
      return Object.assign(handle, { write: limited });
    };
    const { root, blobs } = await failingAt({ open: full });
    expect(await write(blobs)).toEqual(unavailable('ENOSPC: no space left on device'));
    expect(await filesIn(root)).toEqual([]);
    room = 1e9;
    expect(await write(blobs)).toMatchObject({ right: { sizeBytes: 300_000 } });
  });

  it('keeps nothing when the rename fails', async () => {
    const { root, blobs } = await failingAt({ rename: () => Promise.reject(new Error('EIO')) });
    expect(await write(blobs)).toEqual(unavailable('EIO'));
    expect(await filesIn(root)).toEqual([]);
  });

  it('syncs the file before it has its name, and the folder after', async () => {
    const steps: string[] = [];
    const watched: Files = {
      ...systemFiles,
      open: async (...args) => {
        const handle = await open(...args);
        const sync = handle.sync.bind(handle);
        const kind = (await handle.stat()).isDirectory() ? 'folder' : 'file';
        return Object.assign(handle, {
          sync: () => {
            steps.push(`sync ${kind}`);
            return sync();
          },
        });
      },
      rename: (from, to) => {
        steps.push('rename');
        return rename(from, to);
      },
    };
    const { blobs } = await failingAt(watched);
    steps.length = 0;
    await write(blobs);
    expect(steps).toEqual(['sync file', 'rename', 'sync folder']);
  });

  it('sweeps what a crashed writer left, and nothing that is still being written', async () => {
    const { root, blobs } = await failingAt({});
    const draft = (name: string) => path.join(root, '.incoming', name);
    await writeFile(draft('old'), 'half');
    await utimes(draft('old'), new Date(1_000), new Date(1_000));
    await writeFile(draft('new'), 'half');
    expect(await blobs.sweepUnfinished(Date.now() - 60_000)).toBe(1);
    expect(await filesIn(root)).toEqual(['new']);
  });

  it('lets nobody else look in', async () => {
    const { root, blobs } = await failingAt({});
    await write(blobs);
    const mode = async (name: string) => (await stat(path.join(root, name))).mode & 0o777;
    expect(await mode('attachments')).toBe(0o700);
    expect(await mode('attachments/blob-1')).toBe(0o600);
  });
});
