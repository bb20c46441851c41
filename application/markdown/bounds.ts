// The bounds of base contract 5.5. A client of that contract refuses a page whose tokens exceed them.
export const TOKENS_MAX = 4096; // In all, start and end tokens included
export const TEXT_BYTES_MAX = 4096; // Of one `text` or `code` token
export const CODE_BLOCKS_MAX = 64;
export const CODE_BLOCK_BYTES_MAX = 16_384;
export const LANGUAGE_BYTES_MAX = 32;

// Real messages are at most 2,000 bytes and about texts 2,048. Whatever else is handed in is cut before any work on it.
export const MARKDOWN_BYTES_MAX = 65_536;

const encoder = new TextEncoder();

/** The text, cut to a number of UTF-8 bytes without splitting a character. */
export const cutToBytes = (text: string, bytesMax: number): string => {
  if (text.length * 3 <= bytesMax) return text; // No UTF-16 unit takes more than three bytes.
  const { read } = encoder.encodeInto(text, new Uint8Array(bytesMax));
  return text.slice(0, read);
};

/** Whether a cut at this many bytes falls between two characters. */
export const isCharacterBoundary = (text: string, bytes: number): boolean =>
  Buffer.byteLength(cutToBytes(text, bytes)) === bytes;
