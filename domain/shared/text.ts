/**
 * Whether a text can be stored and sent by every part: no NUL, which PostgreSQL refuses, and no lone surrogate, which has
 * no UTF-8 form and would come back as another text.
 */
export const isStorableText = (text: string): boolean =>
  !text.includes('\0') && text.isWellFormed();

/** How many bytes a text has in UTF-8; this layer has no library to ask. */
export const utf8Bytes = (text: string): number => {
  let bytes = 0;
  for (const character of text) {
    const code = character.codePointAt(0) ?? 0;
    bytes += code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x1_0000 ? 3 : 4;
  }
  return bytes;
};
