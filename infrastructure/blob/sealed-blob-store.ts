// The store of bytes over any place for objects: cap, size, hash and encryption on the way in; checks on the way out.
import { createHash } from 'node:crypto';
import * as E from 'fp-ts/lib/Either.js';
import {
  BLOB_KINDS,
  type BlobName,
  type BlobReadFailure,
  type BlobStore,
  type BlobWriteFailure,
  type ByteRange,
  type WrittenBlob,
} from '../../application/blob/blob-store.ts';
import { isError } from '../logging/is-error.ts';
import { type ObjectStore } from './object-store.ts';
import {
  blobKey,
  chunkCount,
  CHUNK_BYTES,
  HEADER_BYTES,
  inPieces,
  isHeader,
  newHeader,
  openChunk,
  sealChunk,
  SEALED_CHUNK_BYTES,
  sealedSize,
} from './sealed-chunks.ts';

const ID = /^[0-9A-Za-z][0-9A-Za-z.-]{0,127}$/;

const objectName = ({ kind, id }: BlobName): string => {
  // Ids are of our own making; anything else would be a path from outside, which is a bug to stop at.
  if (!BLOB_KINDS.includes(kind) || !ID.test(id)) throw new Error('This is no name of a blob.');
  return `${kind}/${id}`;
};

/** Ends a stream whose next chunk is not what was written. */
export class BlobDamaged extends Error {
  override readonly name = 'BlobDamaged';
}

const unavailable = (error: unknown) => ({
  type: 'StoreUnavailable' as const,
  reason: isError(error) ? error.message : String(error),
});

type Intake = {
  sizeBytes: number;
  failure: BlobWriteFailure | null;
  readonly sha256: () => string;
};

/** Passes bytes on while counting and hashing them; what is wrong with them is noted and ends the stream. */
const takeIn = (source: AsyncIterable<Uint8Array>, bytesMax: number) => {
  const hash = createHash('sha256');
  const intake: Intake = { sizeBytes: 0, failure: null, sha256: () => hash.digest('hex') };
  const stop = (failure: BlobWriteFailure): never => {
    intake.failure = failure;
    throw new Error(failure.type);
  };
  async function* counted() {
    try {
      for await (const bytes of source) {
        intake.sizeBytes += bytes.length;
        if (intake.sizeBytes > bytesMax) stop({ type: 'TooLarge' });
        hash.update(bytes);
        yield bytes;
      }
    } catch (error) {
      intake.failure ??= { type: 'SourceFailed' };
      throw error;
    }
    if (intake.sizeBytes === 0) stop({ type: 'Empty' });
  }
  return { intake, bytes: counted() };
};

async function* sealed(bytes: AsyncIterable<Uint8Array>, dataKey: Buffer, name: string) {
  const header = newHeader();
  const key = blobKey(dataKey, name, header);
  yield header;
  // One piece is held back, since only the end of the stream tells which was the last.
  let held: Buffer | null = null;
  let index = 0;
  for await (const piece of inPieces(bytes, CHUNK_BYTES)) {
    if (held !== null) yield sealChunk(held, key, index++, false);
    held = piece;
  }
  yield sealChunk(held ?? Buffer.alloc(0), key, index, true);
}

const write =
  (objects: ObjectStore): BlobStore['write'] =>
  ({ name, key, source, bytesMax }) =>
  async (): Promise<E.Either<BlobWriteFailure, WrittenBlob>> => {
    const object = objectName(name);
    const { intake, bytes } = takeIn(source, bytesMax);
    try {
      await objects.put(object, sealed(bytes, key, object));
    } catch (error) {
      return E.left(intake.failure ?? unavailable(error));
    }
    return E.right({ sizeBytes: intake.sizeBytes, sha256Hex: intake.sha256() });
  };

type Wanted = { readonly first: number; readonly last: number; readonly chunks: number };

/** Opens the wanted chunks of a stream of sealed bytes and cuts them to the range. */
async function* opened(
  bytes: AsyncIterable<Buffer>,
  key: Buffer,
  { first, last, chunks }: Wanted,
  { start, end }: ByteRange,
) {
  let index = first;
  for await (const piece of inPieces(bytes, SEALED_CHUNK_BYTES)) {
    const plain = index <= last ? openChunk(piece, key, index, index === chunks - 1) : null;
    if (plain === null) throw new BlobDamaged(`Chunk ${index} is not what was written.`);
    const offset = index * CHUNK_BYTES;
    yield plain.subarray(Math.max(0, start - offset), Math.min(plain.length, end - offset));
    index += 1;
  }
  if (index <= last) throw new BlobDamaged('The blob ends too early.');
}

/** A stream that gives back what was read off its front. Unlike a generator it lets go even if nothing was asked of it. */
const resumed = (
  front: readonly Buffer[],
  iterator: AsyncIterator<Buffer>,
): AsyncIterableIterator<Buffer> => {
  const waiting = [...front];
  const stream: AsyncIterableIterator<Buffer> = {
    [Symbol.asyncIterator]: () => stream,
    next: () => {
      const value = waiting.shift();
      return value === undefined ? iterator.next() : Promise.resolve({ done: false, value });
    },
    return: async () => {
      waiting.length = 0;
      await iterator.return?.();
      return { done: true, value: undefined };
    },
  };
  return stream;
};

/** Reads a header off the front of a stream, which goes on after it. */
const splitHeader = async (chunks: AsyncIterable<Buffer>) => {
  const iterator = chunks[Symbol.asyncIterator]();
  let front = Buffer.alloc(0);
  while (front.length < HEADER_BYTES) {
    const next = await iterator.next();
    if (next.done === true) break;
    front = Buffer.concat([front, next.value]);
  }
  const left = front.subarray(HEADER_BYTES);
  return {
    header: front.subarray(0, HEADER_BYTES),
    rest: resumed(left.length > 0 ? [left] : [], iterator),
  };
};

/** Pulls the first item, so that damage at the front is told before anything is answered. */
const startStream = async (
  stream: AsyncGenerator<Buffer>,
): Promise<AsyncIterableIterator<Buffer>> => {
  const first = await stream.next();
  return resumed(first.done === true ? [] : [first.value], stream);
};

const DAMAGED: E.Either<BlobReadFailure, never> = E.left({ type: 'Damaged' });
const NO_SUCH_BLOB: E.Either<BlobReadFailure, never> = E.left({ type: 'NoSuchBlob' });

type Opening = {
  readonly object: string;
  readonly key: Buffer;
  readonly sizeBytes: number;
  readonly range: ByteRange;
};

const openRange = async (
  objects: ObjectStore,
  { object, key, sizeBytes, range }: Opening,
): Promise<E.Either<BlobReadFailure, AsyncIterable<Buffer>>> => {
  const chunks = chunkCount(sizeBytes);
  const first = Math.floor(range.start / CHUNK_BYTES);
  const last = Math.max(first, Math.ceil(range.end / CHUNK_BYTES) - 1);
  const end = Math.min(HEADER_BYTES + (last + 1) * SEALED_CHUNK_BYTES, sealedSize(sizeBytes));
  // A range from the front brings the header along; any other asks for it by itself.
  const front = await objects.get(object, { start: 0, end: first === 0 ? end : HEADER_BYTES });
  if (front === null) return NO_SUCH_BLOB;
  const { header, rest } = await splitHeader(front.chunks);
  if (front.totalBytes !== sealedSize(sizeBytes) || !isHeader(header)) {
    await rest.return?.();
    return DAMAGED;
  }
  let body: AsyncIterable<Buffer> = rest;
  if (first > 0) {
    await rest.return?.();
    const middle = await objects.get(object, {
      start: HEADER_BYTES + first * SEALED_CHUNK_BYTES,
      end,
    });
    if (middle === null) return NO_SUCH_BLOB;
    body = middle.chunks;
  }
  const stream = opened(body, blobKey(key, object, header), { first, last, chunks }, range);
  return E.right(await startStream(stream));
};

const read =
  (objects: ObjectStore): BlobStore['read'] =>
  ({ name, key, sizeBytes, range = { start: 0, end: sizeBytes } }) =>
  async () => {
    try {
      return await openRange(objects, { object: objectName(name), key, sizeBytes, range });
    } catch (error) {
      return error instanceof BlobDamaged ? DAMAGED : E.left(unavailable(error));
    }
  };

const isKind = (text: string | undefined): text is BlobName['kind'] =>
  BLOB_KINDS.some((kind) => kind === text);

/** Makes the store of encrypted bytes over a place for objects. */
export const createSealedBlobStore = (objects: ObjectStore): BlobStore => ({
  write: write(objects),
  read: read(objects),
  remove: (name) => objects.remove(objectName(name)),
  list: async function* (kind) {
    for await (const { name, writtenAt } of objects.list(kind)) {
      const [folder, id, ...more] = name.split('/');
      // Whatever else an operator keeps there is not ours to sweep.
      if (isKind(folder) && id !== undefined && ID.test(id) && more.length === 0)
        yield { name: { kind: folder, id }, writtenAt };
    }
  },
  sweepUnfinished: objects.sweepUnfinished,
});
