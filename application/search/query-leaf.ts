// One word or one quoted phrase of a query, with its suffixes, as a leaf.
import { type QueryLeaf } from './query-ast.ts';
import { foldForSearch, isUnspaced, tokenizeForQuery, type SearchToken } from './tokenize.ts';

/** Null for a word without letters, which is passed over; `invalid` for one that makes no sense. */
export type LeafOutcome = QueryLeaf | 'invalid' | null;

const SLOP_MAX = 100; // A word's distance; a message holds no more than some hundred words.
const SHORT_WORD_LETTERS = 5; // In a longer one two slips are likely meant

const phraseOf = (
  tokens: readonly SearchToken[],
  endsInPrefix: boolean,
  slop: number,
): QueryLeaf | null => {
  const [first] = tokens;
  if (first === undefined) return null;
  if (tokens.length === 1) {
    // A lone character of such a script stands for all words it begins.
    const isBeginning =
      endsInPrefix || (isUnspaced(first.term) && Array.from(first.term).length === 1);
    return isBeginning
      ? { type: 'prefix', prefix: first.term }
      : { type: 'term', term: first.term };
  }
  const words = tokens.map(({ term, position }) => ({ term, offset: position - first.position }));
  return { type: 'phrase', words, endsInPrefix, slop };
};

// Pairs of characters match inside a word anyway, so no pattern is needed to find its beginning.
const endsInPattern = (text: string, tokens: readonly SearchToken[]): boolean =>
  /[^*?\s]\*$/.test(text) && !isUnspaced(tokens.at(-1)?.term ?? '');

/** A quoted text and the digits after `"~`, or null without that suffix. */
export const quotedLeaf = (text: string, slopDigits: string | null): LeafOutcome => {
  const slop = Number(slopDigits ?? '0');
  if (slopDigits === '' || slop > SLOP_MAX) return 'invalid';
  const tokens = tokenizeForQuery(text);
  return phraseOf(tokens, endsInPattern(text, tokens), slop);
};

const patternLeaf = (word: string): LeafOutcome => {
  const tokens = tokenizeForQuery(word);
  if (tokens.length === 0) return 'invalid'; // A pattern without a letter would match everything.
  const isOnlyLast = !/[*?]/.test(word.slice(0, -1));
  if (isOnlyLast && word.endsWith('*')) return phraseOf(tokens, endsInPattern(word, tokens), 0);
  const pattern = foldForSearch(word).replace(/\*+/g, '*');
  return /^[\p{L}\p{N}\p{M}*?]+$/u.test(pattern) && !isUnspaced(pattern)
    ? { type: 'wildcard', pattern }
    : 'invalid';
};

const fuzzyLeaf = (word: string, digits: string): LeafOutcome => {
  if (!['', '0', '1', '2'].includes(digits) || /[*?]/.test(word)) return 'invalid';
  const tokens = tokenizeForQuery(word);
  const [first] = tokens;
  if (first === undefined || tokens.length > 1 || isUnspaced(first.term) || digits === '0')
    return phraseOf(tokens, false, 0);
  const isShort = Array.from(first.term).length <= SHORT_WORD_LETTERS;
  const distance = digits === '2' || (digits === '' && !isShort) ? 2 : 1;
  return { type: 'fuzzy', term: first.term, distance };
};

/** A word as it stands between spaces, quotes and parentheses, without its boost. */
export const wordLeaf = (word: string): LeafOutcome => {
  const tilde = word.indexOf('~');
  if (tilde >= 0) return fuzzyLeaf(word.slice(0, tilde), word.slice(tilde + 1));
  // The question mark of a question is none of a pattern.
  const asked = word.replace(/\?+$/, '');
  if (asked === '' && word !== '') return 'invalid';
  return /[*?]/.test(asked) ? patternLeaf(word) : phraseOf(tokenizeForQuery(asked), false, 0);
};
