const BYTES_MIN = 12;
const BYTES_MAX = 128;

const utf8Bytes = (text: string): number => {
  let bytes = 0;
  for (const character of text) {
    const code = character.codePointAt(0) ?? 0;
    bytes += code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x1_0000 ? 3 : 4;
  }
  return bytes;
};

/** Whether a text may be a password: 12 to 128 bytes of UTF-8, whatever they are. */
export const isPassword = (text: string): boolean => {
  // A text has at least as many bytes as units, so a long one is refused before it is counted.
  if (text.length > BYTES_MAX) return false;
  const bytes = utf8Bytes(text);
  return bytes >= BYTES_MIN && bytes <= BYTES_MAX;
};
