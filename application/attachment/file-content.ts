// What arrives as a file: its type by its first bytes, and, for a text, that all of it is one.
import { agrees, TEXT_TYPE } from '../../domain/attachment/media-type.ts';

/** So much of a file decides its type (base contract 5.6). */
export const HEAD_BYTES = 8192;

/** The type that the first bytes of a file show; null when none is known. */
export type SniffType = (head: Uint8Array) => Promise<string | null>;

type Headed = { readonly head: Buffer; readonly whole: AsyncIterable<Buffer> };

/** Takes the front off a stream; `whole` gives all of it again. Rejects with what the stream rejects with. */
export const readHead = async (source: AsyncIterable<Buffer>): Promise<Headed> => {
  const iterator = source[Symbol.asyncIterator]();
  const parts: Buffer[] = [];
  let gathered = 0;
  while (gathered < HEAD_BYTES) {
    const next = await iterator.next();
    if (next.done === true) break;
    parts.push(next.value);
    gathered += next.value.length;
  }
  const front = Buffer.concat(parts);
  async function* whole() {
    try {
      yield front;
      for (let next = await iterator.next(); next.done !== true; next = await iterator.next())
        yield next.value;
    } finally {
      await iterator.return?.();
    }
  }
  return { head: front.subarray(0, HEAD_BYTES), whole: whole() };
};

/** A stream that claimed to be text and is not. */
export class NotText extends Error {
  override readonly name = 'NotText';
}

const createTextCheck = () => {
  const decoder = new TextDecoder('utf-8', { fatal: true });
  const decode = (bytes?: Uint8Array): void => {
    let text: string;
    try {
      text = decoder.decode(bytes, { stream: bytes !== undefined });
    } catch {
      throw new NotText('These bytes are not UTF-8.');
    }
    if (text.includes('\0')) throw new NotText('A text has no NUL.');
  };
  return decode;
};

const looksLikeText = (head: Uint8Array): boolean => {
  try {
    createTextCheck()(head); // The last character of a head may be cut, so its end is not looked at.
    return true;
  } catch {
    return false;
  }
};

/** Passes a text through; ends with NotText where it stops being one. */
export async function* checkedText(source: AsyncIterable<Buffer>) {
  const check = createTextCheck();
  for await (const bytes of source) {
    check(bytes);
    yield bytes;
  }
  check();
}

// Marked-up text is text: whatever a detector calls it, a browser must never take it for a page or a picture.
const MARKED_UP = /^(?:text\/|application\/(?:xml|[\w.-]+\+xml)$|image\/svg\+xml)/;

/** What a file is stored as; null when it is of no known type, or not of the type its sender declared. */
export const storedType = async (
  head: Uint8Array,
  declared: string | null,
  sniff: SniffType,
): Promise<string | null> => {
  const sniffed = await sniff(head);
  const isText = sniffed === null || MARKED_UP.test(sniffed);
  if (isText && !looksLikeText(head)) return null;
  const found = isText ? TEXT_TYPE : sniffed;
  return declared === null || agrees(declared, found) ? found : null;
};
