import { isStorableText } from '../shared/text.ts';

const REASON_BYTES_MAX = 240;

/** UTF-8 bytes without building them: `domain` knows no encoder. */
const bytesOf = (text: string): number => {
  let bytes = 0;
  for (const character of text) {
    const code = character.codePointAt(0) ?? 0;
    bytes += code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
  }
  return bytes;
};

/** Why an address is banned: 1 to 240 bytes, not blank (base contract 5.1). */
export const isIpBanReason = (text: string): boolean =>
  text.trim() !== '' && bytesOf(text) <= REASON_BYTES_MAX && isStorableText(text);
