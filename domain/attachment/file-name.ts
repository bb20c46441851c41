import { isStorableText } from '../shared/text.ts';

const BYTES_MAX = 128;
const CODE_UNITS_MAX = BYTES_MAX; // No text has more units than bytes.
const SEPARATORS = /[/\\]/;
// Control characters have no place in a name of one line, and would break headers and terminals; overrides and isolates of
// writing direction have one use there: to make an ending look like another.
const UNPRINTABLE = /[\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069]/u;

const utf8Length = (text: string): number => {
  let bytes = 0;
  for (const character of text) {
    const point = character.codePointAt(0) ?? 0;
    bytes += point < 0x80 ? 1 : point < 0x800 ? 2 : point < 0x10000 ? 3 : 4;
  }
  return bytes;
};

/** Whether a text may name a file: 1 to 128 bytes, no path of any kind, nothing invisible that misleads. */
export const isFileName = (text: string): boolean =>
  text.length >= 1 &&
  text.length <= CODE_UNITS_MAX &&
  utf8Length(text) <= BYTES_MAX &&
  isStorableText(text) &&
  !SEPARATORS.test(text) &&
  !UNPRINTABLE.test(text) &&
  text !== '.' &&
  text !== '..';
