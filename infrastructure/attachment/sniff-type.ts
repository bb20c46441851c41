import { fileTypeFromBuffer } from 'file-type/core';
import { type SniffType } from '../../application/attachment/file-content.ts';

// The mark before a text in UTF-16 is also how a rare kind of sound begins; of the two only a text has a NUL so soon.
const isUtf16 = (head: Uint8Array): boolean =>
  head[0] === 0xff && head[1] === 0xfe && (head[2] === 0 || head[3] === 0);

/** The type by the first bytes of a file, as the file-type library knows it. */
export const sniffType: SniffType = async (head) => {
  if (isUtf16(head)) return null;
  try {
    return (await fileTypeFromBuffer(head))?.mime ?? null;
  } catch {
    // A container that goes on behind its head, or that lies about its own lengths: nothing is known of it.
    return null;
  }
};
