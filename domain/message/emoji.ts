import { isStorableText } from '../shared/text.ts';

const CODE_POINTS_MAX = 32;
const WHITE_SPACE = /\p{White_Space}/u;

/** Whether a text may be a reaction: 1 to 32 code points, any but white space (base contract 5.1). */
export const isReactionEmoji = (text: string): boolean =>
  text.length >= 1 &&
  // Two units at most make a code point, so a long text need not be spread to be refused.
  text.length <= 2 * CODE_POINTS_MAX &&
  Array.from(text).length <= CODE_POINTS_MAX &&
  isStorableText(text) &&
  !WHITE_SPACE.test(text);
