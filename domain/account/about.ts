import { isStorableText } from '../shared/text.ts';

/**
 * Whether a text may be what a person says about themselves: at most `max`, storable, also empty. Counted in UTF-16 units,
 * as messages are: whoever passes the count of the first server's client passes here.
 */
export const isAboutText = (text: string, max: number): boolean =>
  text.length <= max && isStorableText(text);
