import { isStorableText } from '../shared/text.ts';

/**
 * Whether a text may be a message: 1 to `max`, storable. The first server counted UTF-8 bytes, its client UTF-16 units, so
 * long texts in most scripts passed the client and failed on the server. Whoever passes either count passes here; and as
 * no text has more units than bytes, counting units alone accepts both. So a message has at most 3 × `max` bytes.
 */
export const isMessageContent = (text: string, max: number): boolean =>
  text.length >= 1 && text.length <= max && isStorableText(text);
