// What a part of a backup is inside its seal: sections, one after the other, each a table or a file, in frames of a kind, a
// length and bytes. docs/backup.md has the format.
import { isRight } from 'fp-ts/lib/Either.js';
import * as t from 'io-ts';
import { BackupDamaged } from './backup-damaged.ts';

export const Section = t.union([
  t.strict({
    kind: t.literal('table'),
    name: t.string, // With its schema
    columns: t.readonlyArray(t.string),
  }),
  t.strict({ kind: t.literal('file'), name: t.string }),
]);
export type Section = t.TypeOf<typeof Section>;

const SectionEnd = t.strict({ bytes: t.number, rows: t.number });
const PartEnd = t.strict({ sections: t.number });

const BEGIN = 1;
const DATA = 2;
const END = 3;
const PART_END = 4;
const HEAD_BYTES = 5;
// Larger than anything written, so that a damaged length is not taken for an order to set memory aside.
const FRAME_BYTES_MAX = 8 * 1024 * 1024;
const NEWLINE = 0x0a;

/** A section and its bytes: of a table the rows in PostgreSQL's COPY text format, one line each. */
export type OutgoingSection = {
  readonly section: Section;
  readonly bytes: AsyncIterable<Uint8Array>;
};

const frame = (kind: number, payload: Uint8Array): Buffer => {
  const head = Buffer.alloc(HEAD_BYTES);
  head.writeUInt8(kind, 0);
  head.writeUInt32BE(payload.length, 1);
  return Buffer.concat([head, payload]);
};
const jsonFrame = (kind: number, value: unknown): Buffer =>
  frame(kind, Buffer.from(JSON.stringify(value), 'utf8'));

const countRows = (bytes: Uint8Array): number => {
  let rows = 0;
  for (let at = bytes.indexOf(NEWLINE); at !== -1; at = bytes.indexOf(NEWLINE, at + 1)) rows += 1;
  return rows;
};

/** Writes sections as frames; `onRows` is told of rows as they pass. */
export async function* writePart(
  sections: AsyncIterable<OutgoingSection>,
  onRows: (section: Section, rows: number) => void,
) {
  let written = 0;
  for await (const { section, bytes } of sections) {
    yield jsonFrame(BEGIN, section);
    const sum = { bytes: 0, rows: 0 };
    for await (const piece of bytes) {
      const rows = section.kind === 'table' ? countRows(piece) : 0;
      sum.bytes += piece.length;
      sum.rows += rows;
      for (let at = 0; at < piece.length; at += FRAME_BYTES_MAX)
        yield frame(DATA, piece.subarray(at, at + FRAME_BYTES_MAX));
      onRows(section, rows);
    }
    yield jsonFrame(END, sum);
    written += 1;
  }
  yield jsonFrame(PART_END, { sections: written });
}

type Frame = { readonly kind: number; readonly payload: Buffer };

async function* frames(source: AsyncIterable<Buffer>): AsyncGenerator<Frame> {
  let rest: Buffer = Buffer.alloc(0);
  for await (const piece of source) {
    rest = rest.length === 0 ? piece : Buffer.concat([rest, piece]);
    for (;;) {
      if (rest.length < HEAD_BYTES) break;
      const length = rest.readUInt32BE(1);
      if (length > FRAME_BYTES_MAX) throw new BackupDamaged('A frame is too long.');
      if (rest.length < HEAD_BYTES + length) break;
      yield { kind: rest.readUInt8(0), payload: rest.subarray(HEAD_BYTES, HEAD_BYTES + length) };
      rest = rest.subarray(HEAD_BYTES + length);
    }
  }
  if (rest.length > 0) throw new BackupDamaged('A frame is cut off.');
}

const decodeJson = <A>(codec: t.Type<A, unknown>, payload: Buffer): A => {
  let value: unknown;
  try {
    value = JSON.parse(payload.toString('utf8'));
  } catch {
    throw new BackupDamaged('A frame is not what it should be.');
  }
  const decoded = codec.decode(value);
  if (isRight(decoded)) return decoded.right;
  throw new BackupDamaged('A frame is not what it should be.');
};

/** The bytes of the section whose beginning was just read, checked against what its end says of them. */
async function* sectionBytes(source: AsyncGenerator<Frame>, { kind }: Section) {
  const sum = { bytes: 0, rows: 0 };
  for (;;) {
    const next = await source.next();
    if (next.done === true) throw new BackupDamaged('A section has no end.');
    const { value } = next;
    if (value.kind === DATA) {
      sum.bytes += value.payload.length;
      sum.rows += kind === 'table' ? countRows(value.payload) : 0;
      yield value.payload;
    } else if (value.kind === END) {
      const end = decodeJson(SectionEnd, value.payload);
      if (end.bytes === sum.bytes && end.rows === sum.rows) return;
      throw new BackupDamaged('A section holds other bytes than its end says.');
    } else throw new BackupDamaged('A section is broken off.');
  }
}

/** Reads a part to its end, handing each section to `take`, which must read its bytes to the end. */
export const readPart = async (
  source: AsyncIterable<Buffer>,
  take: (section: Section, bytes: AsyncIterable<Buffer>) => Promise<void>,
): Promise<void> => {
  const all = frames(source);
  for (let read = 0; ; read += 1) {
    const next = await all.next();
    if (next.done === true) throw new BackupDamaged('The part has no end.');
    const { kind, payload } = next.value;
    if (kind === PART_END) {
      const { sections } = decodeJson(PartEnd, payload);
      if (sections !== read) throw new BackupDamaged('Sections are missing.');
      if ((await all.next()).done !== true) throw new BackupDamaged('There is more after the end.');
      return;
    }
    if (kind !== BEGIN) throw new BackupDamaged('A section has no beginning.');
    const section = decodeJson(Section, payload);
    await take(section, sectionBytes(all, section));
  }
};

/** Reads a section to its end and drops it. */
export const drain = async (bytes: AsyncIterable<Buffer>): Promise<void> => {
  const iterator = bytes[Symbol.asyncIterator]();
  let isOver = false;
  while (!isOver) isOver = (await iterator.next()).done === true;
};
