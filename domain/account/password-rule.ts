import { utf8Bytes } from '../shared/text.ts';

const BYTES_MIN = 12;
const BYTES_MAX = 128;

/** Whether a text may be a password: 12 to 128 bytes of UTF-8, whatever they are. */
export const isPassword = (text: string): boolean => {
  // A text has at least as many bytes as units, so a long one is refused before it is counted.
  if (text.length > BYTES_MAX) return false;
  const bytes = utf8Bytes(text);
  return bytes >= BYTES_MIN && bytes <= BYTES_MAX;
};
