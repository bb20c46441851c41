// A file of a backup: its bytes sealed in chunks as attachments are at rest, under a key of its own, and hashed.
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import {
  blobKey,
  CHUNK_BYTES,
  HEADER_BYTES,
  inPieces,
  isHeader,
  newHeader,
  openChunk,
  sealChunk,
  SEALED_CHUNK_BYTES,
} from '../blob/sealed-chunks.ts';
import { BackupDamaged } from './backup-damaged.ts';

const OWNER_ONLY = 0o600;

export type WrittenFile = { readonly bytes: number; readonly sha256: string };

/** Each chunk and whether it is the last, which only the end of the stream tells. */
async function* withLast(pieces: AsyncIterable<Buffer>) {
  let held: Buffer | null = null;
  for await (const piece of pieces) {
    if (held !== null) yield { piece: held, isLast: false };
    held = piece;
  }
  yield { piece: held ?? Buffer.alloc(0), isLast: true };
}

/** Seals a stream under `name`, which it can then only be opened with. */
export async function* seal(source: AsyncIterable<Uint8Array>, backupKey: Buffer, name: string) {
  const header = newHeader();
  const key = blobKey(backupKey, name, header);
  yield header;
  let index = 0;
  for await (const { piece, isLast } of withLast(inPieces(source, CHUNK_BYTES)))
    yield sealChunk(piece, key, index++, isLast);
}

/** Writes a stream to a new file and to the disk. */
export const writeFile = async (
  file: string,
  source: AsyncIterable<Buffer>,
): Promise<WrittenFile> => {
  const hash = createHash('sha256');
  let bytes = 0;
  const handle = await open(file, 'wx', OWNER_ONLY);
  try {
    for await (const piece of source) {
      hash.update(piece);
      bytes += piece.length;
      await handle.writeFile(piece);
    }
    await handle.sync();
  } finally {
    await handle.close();
  }
  return { bytes, sha256: hash.digest('hex') };
};

/** Opens a sealed file; throws BackupDamaged at the first byte that is not what was written, before it is given out. */
export async function* openSealed(file: string, backupKey: Buffer, name: string) {
  const source = createReadStream(file, { highWaterMark: SEALED_CHUNK_BYTES });
  const pieces = withoutHeader(source, backupKey, name);
  let index = 0;
  for await (const { piece, isLast, key } of pieces) {
    const plain = openChunk(piece, key, index, isLast);
    if (plain === null)
      throw new BackupDamaged(
        index === 0
          ? 'It can’t be opened: the key is another one, or it was altered.'
          : `It was altered or cut off near byte ${HEADER_BYTES + index * SEALED_CHUNK_BYTES}.`,
      );
    yield plain;
    index += 1;
  }
}

async function* withoutHeader(source: AsyncIterable<Buffer>, backupKey: Buffer, name: string) {
  const state: { front: Buffer; key: Buffer | null } = { front: Buffer.alloc(0), key: null };
  async function* rest() {
    for await (const bytes of source) {
      if (state.key !== null) {
        yield bytes;
        continue;
      }
      state.front = Buffer.concat([state.front, bytes]);
      if (state.front.length < HEADER_BYTES) continue;
      const header = state.front.subarray(0, HEADER_BYTES);
      if (!isHeader(header)) throw new BackupDamaged('It is no part of a backup.');
      state.key = blobKey(backupKey, name, header);
      yield state.front.subarray(HEADER_BYTES);
    }
  }
  for await (const { piece, isLast } of withLast(inPieces(rest(), SEALED_CHUNK_BYTES))) {
    const { key } = state;
    if (key === null) throw new BackupDamaged('It is no part of a backup.');
    yield { piece, isLast, key };
  }
}
