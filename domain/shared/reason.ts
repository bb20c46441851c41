import { isStorableText, utf8Bytes } from './text.ts';

const BYTES_MAX = 240;

/** Whether a text may be the reason of a measure against somebody: 1 to 240 bytes, not blank (base contract 5.1). */
export const isReason = (text: string): boolean =>
  text.length <= BYTES_MAX &&
  utf8Bytes(text) <= BYTES_MAX &&
  text.trim() !== '' &&
  isStorableText(text);
