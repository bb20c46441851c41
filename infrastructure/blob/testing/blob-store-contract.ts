// What every store of bytes must do, whatever it stores them in.
import { createHash, randomBytes } from 'node:crypto';
import * as fc from 'fast-check';
import { isLeft, isRight, left } from 'fp-ts/lib/Either.js';
import { type BlobName, type BlobStore } from '../../../application/blob/blob-store.ts';
import { CHUNK_BYTES, HEADER_BYTES, SEALED_CHUNK_BYTES } from '../sealed-chunks.ts';

/** How the suite reaches behind the store. */
export type BlobBackdoor = {
  readonly readObject: (name: string) => Promise<Buffer | null>;
  readonly writeObject: (name: string, bytes: Buffer) => Promise<void>;
};

export type BlobStoreUnderTest = BlobBackdoor & { readonly blobs: BlobStore };

export const testKey = Buffer.alloc(32, 7);
export const blobNo = (n: number): BlobName => ({ kind: 'attachments', id: `blob-${n}` });

export async function* pieces(bytes: Buffer, size = 10_000): AsyncGenerator<Buffer> {
  for (let at = 0; at < bytes.length; at += size) {
    await Promise.resolve();
    yield bytes.subarray(at, at + size);
  }
}

export const collect = async (stream: AsyncIterable<Buffer>): Promise<Buffer> => {
  const parts: Buffer[] = [];
  for await (const part of stream) parts.push(part);
  return Buffer.concat(parts);
};

const write = (blobs: BlobStore, name: BlobName, bytes: Buffer, bytesMax = 1_000_000) =>
  blobs.write({ name, key: testKey, source: pieces(bytes), bytesMax })();

/** The bytes, or the name of what went wrong, before or while reading. */
export const readBack = async (
  blobs: BlobStore,
  blob: Omit<Parameters<BlobStore['read']>[0], 'key'> & { readonly key?: Buffer },
): Promise<Buffer | string> => {
  const opened = await blobs.read({ key: testKey, ...blob })();
  if (isLeft(opened)) return opened.left.type;
  try {
    return await collect(opened.right);
  } catch (error) {
    return error instanceof Error ? error.name : 'thrown';
  }
};

const listed = async (blobs: BlobStore, kind: BlobName['kind']): Promise<readonly string[]> => {
  const ids: string[] = [];
  for await (const { name } of blobs.list(kind)) ids.push(name.id);
  return ids.sort();
};

const SIZES = [
  1,
  CHUNK_BYTES - 1,
  CHUNK_BYTES,
  CHUNK_BYTES + 1,
  2 * CHUNK_BYTES,
  3 * CHUNK_BYTES + 17,
];

/** Runs the suite; `open` gives an empty store. */
export const describeBlobStore = (open: () => Promise<BlobStoreUnderTest>): void => {
  let store: BlobStoreUnderTest;
  let blobs: BlobStore;
  beforeAll(async () => {
    store = await open();
    blobs = store.blobs;
  });

  it.each(SIZES)('gives %i bytes back, their size and their hash', async (size) => {
    const bytes = randomBytes(size);
    const name = blobNo(size);
    const sha256Hex = createHash('sha256').update(bytes).digest('hex');
    expect(await write(blobs, name, bytes)).toMatchObject({
      right: { sizeBytes: size, sha256Hex },
    });
    expect(bytes.equals((await readBack(blobs, { name, sizeBytes: size })) as Buffer)).toBe(true);
  });

  it('takes as many bytes as allowed and not one more', async () => {
    const at = (size: number, id: number) => write(blobs, blobNo(id), Buffer.alloc(size), 100_000);
    expect(isRight(await at(100_000, 1))).toBe(true);
    expect(await at(100_001, 2)).toEqual(left({ type: 'TooLarge' }));
    expect(await at(0, 2)).toEqual(left({ type: 'Empty' }));
    expect(await store.readObject('attachments/blob-2')).toBeNull();
  });

  it('keeps nothing of a source that breaks off', async () => {
    async function* broken() {
      yield* pieces(randomBytes(200_000));
      throw new Error('The sender is gone.');
    }
    const outcome = await blobs.write({
      name: blobNo(3),
      key: testKey,
      source: broken(),
      bytesMax: 1e6,
    })();
    expect(outcome).toEqual(left({ type: 'SourceFailed' }));
    expect(await store.readObject('attachments/blob-3')).toBeNull();
  });

  it('gives any range', async () => {
    const bytes = randomBytes(3 * CHUNK_BYTES + 17);
    const name = blobNo(4);
    await write(blobs, name, bytes);
    const edges = [0, 1, CHUNK_BYTES - 1, CHUNK_BYTES, CHUNK_BYTES + 1, 3 * CHUNK_BYTES];
    const offset = fc.oneof(fc.constantFrom(...edges), fc.nat(bytes.length - 1));
    await fc.assert(
      fc.asyncProperty(offset, offset, async (one, other) => {
        const range = { start: Math.min(one, other), end: Math.max(one, other) + 1 };
        const found = await readBack(blobs, { name, sizeBytes: bytes.length, range });
        expect(bytes.subarray(range.start, range.end).equals(found as Buffer)).toBe(true);
      }),
      { numRuns: 30 },
    );
  });

  it('stores nothing in the clear', async () => {
    const bytes = Buffer.from('the quick brown fox '.repeat(5_000));
    await write(blobs, blobNo(5), bytes);
    const stored = await store.readObject('attachments/blob-5');
    expect(stored?.includes('quick brown')).toBe(false);
  });

  it('removes, again and again, and lists what is there', async () => {
    const name: BlobName = { kind: 'avatars', id: 'a.1' };
    await write(blobs, name, randomBytes(10));
    await write(blobs, { ...name, id: 'a.2' }, randomBytes(10));
    expect(await listed(blobs, 'avatars')).toEqual(['a.1', 'a.2']);
    await blobs.remove(name);
    await blobs.remove(name);
    expect(await listed(blobs, 'avatars')).toEqual(['a.2']);
    expect(await readBack(blobs, { name, sizeBytes: 10 })).toBe('NoSuchBlob');
  });

  it('says when each was written', async () => {
    const before = Date.now() - 2_000; // Clocks of stores and files are coarser than ours.
    await write(blobs, { kind: 'banners', id: 'b' }, randomBytes(10));
    for await (const { writtenAt } of blobs.list('banners')) {
      expect(writtenAt).toBeGreaterThan(before);
      expect(writtenAt).toBeLessThan(Date.now() + 2_000);
    }
  });

  it.each(['../x', 'a/b', '', '.x', 'a\0b', 'a\\b'])('refuses %j for a name', async (id) => {
    await expect(write(blobs, { kind: 'attachments', id }, randomBytes(1))).rejects.toThrow(
      'no name of a blob',
    );
  });

  describe('damage', () => {
    const size = 3 * CHUNK_BYTES + 17;
    const bytes = randomBytes(size);
    const name = blobNo(6);
    let whole: Buffer;
    const spoil = async (change: (stored: Buffer) => Buffer) => {
      await store.writeObject('attachments/blob-6', change(Buffer.from(whole)));
      return readBack(blobs, { name, sizeBytes: size });
    };
    const DAMAGED = /^(Damaged|BlobDamaged)$/;
    beforeAll(async () => {
      await write(blobs, name, bytes);
      whole = (await store.readObject('attachments/blob-6'))!;
    });

    it('is told wherever a byte is flipped', async () => {
      const places = [0, 4, HEADER_BYTES, HEADER_BYTES + SEALED_CHUNK_BYTES, whole.length - 1];
      for (const at of places) {
        const found = await spoil((stored) => {
          stored.writeUInt8(stored.readUInt8(at) ^ 1, at);
          return stored;
        });
        expect(found).toMatch(DAMAGED);
      }
    });
    it.each([1, 17 + 16, SEALED_CHUNK_BYTES, 3 * SEALED_CHUNK_BYTES])(
      'is told when %i bytes are cut off',
      async (cut) => {
        expect(await spoil((stored) => stored.subarray(0, stored.length - cut))).toBe('Damaged');
      },
    );
    it('is told when bytes are appended', async () => {
      expect(await spoil((stored) => Buffer.concat([stored, Buffer.alloc(16)]))).toBe('Damaged');
    });
    it('is told when chunks change places', async () => {
      const found = await spoil((stored) => {
        const first = Buffer.from(stored.subarray(HEADER_BYTES, HEADER_BYTES + SEALED_CHUNK_BYTES));
        stored.copyWithin(
          HEADER_BYTES,
          HEADER_BYTES + SEALED_CHUNK_BYTES,
          HEADER_BYTES + 2 * SEALED_CHUNK_BYTES,
        );
        first.copy(stored, HEADER_BYTES + SEALED_CHUNK_BYTES);
        return stored;
      });
      expect(found).toMatch(DAMAGED);
    });
    it('is told under another key and under another name', async () => {
      await store.writeObject('attachments/blob-6', whole);
      await store.writeObject('attachments/blob-7', whole);
      const key = Buffer.alloc(32, 8);
      expect(await readBack(blobs, { name, key, sizeBytes: size })).toBe('Damaged');
      expect(await readBack(blobs, { name: blobNo(7), sizeBytes: size })).toBe('Damaged');
    });
    it('never gives an altered byte out, however far a reader gets', async () => {
      const at = HEADER_BYTES + 2 * SEALED_CHUNK_BYTES + 5;
      const stored = Buffer.from(whole);
      stored.writeUInt8(stored.readUInt8(at) ^ 1, at);
      await store.writeObject('attachments/blob-6', stored);
      const opened = await blobs.read({ name, key: testKey, sizeBytes: size })();
      if (isLeft(opened)) throw new Error('The front is whole.');
      const given: Buffer[] = [];
      await expect(
        (async () => {
          for await (const part of opened.right) given.push(part);
        })(),
      ).rejects.toThrow('not what was written');
      expect(Buffer.concat(given).equals(bytes.subarray(0, 2 * CHUNK_BYTES))).toBe(true);
    });
  });

  it('lets go of a stream that nobody reads', async () => {
    const name = blobNo(8);
    await write(blobs, name, randomBytes(CHUNK_BYTES * 2));
    const opened = await blobs.read({ name, key: testKey, sizeBytes: CHUNK_BYTES * 2 })();
    if (isLeft(opened)) throw new Error('It was written.');
    const stream = opened.right[Symbol.asyncIterator]();
    await stream.return?.();
    expect(await stream.next()).toMatchObject({ done: true });
  });
};
