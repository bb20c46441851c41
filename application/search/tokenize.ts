// Words of a text as the search index knows them. Messages and queries go through the same function, or they'd never meet.

/** A term and where it stands: words count from 1. */
export type SearchToken = { readonly term: string; readonly position: number };

export const SEARCH_TOKENS_MAX = 4096; // Of one text: positions of PostgreSQL's tsvector end at 16,383
export const TERM_BYTES_MAX = 40; // As the first server's default analyser; twice that outside ASCII
const OCCURRENCES_MAX = 64; // Of one term in one text; PostgreSQL keeps at most 256 positions

// Accents and points that people leave out when they type. Not all of \p{M}: Thai and Indic vowel signs are letters.
const POINTS =
  /[\u0300-\u036f\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7\u0640\u064b-\u065f\u0670\u06d6-\u06dc\u06df-\u06e4\u06e7\u06e8\u06ea-\u06ed\ufe0f]/g;
const FOLDED: Readonly<Record<string, string>> = {
  ...{ ß: 'ss', ø: 'o', đ: 'd', ł: 'l', æ: 'ae', œ: 'oe', ħ: 'h', þ: 'th', ð: 'd', ı: 'i', ς: 'σ' },
  ...{ ŋ: 'n' },
};
const FOLDABLE = /[ßøđłæœħþðıςŋ]/g;
const BEYOND_ASCII = /[^\0-\x7f]/;

/** Text in the form in which it's compared: lower case, without accents, compatibility forms made plain. */
export const foldForSearch = (text: string): string => {
  if (!BEYOND_ASCII.test(text)) return text.toLowerCase();
  // NFC at the end puts Hangul syllables and voiced kana together again.
  return text
    .normalize('NFKD')
    .replace(POINTS, '')
    .toLowerCase()
    .replace(POINTS, '') // Lower-casing a dotted capital I makes a point anew.
    .replace(FOLDABLE, (letter) => FOLDED[letter] ?? letter)
    .normalize('NFC');
};

const ASCII_WORD = /[a-z0-9]+/g;
const WORD = new RegExp(
  [
    '[\\p{L}\\p{N}\\p{M}]+',
    '\\p{Regional_Indicator}{2}',
    '\\p{Extended_Pictographic}\\p{Emoji_Modifier}?(?:\\u200d\\p{Extended_Pictographic}\\p{Emoji_Modifier}?)*',
  ].join('|'),
  'gu',
);
// Written without spaces, so that a word of these has no edges to find: it's cut into pairs of characters instead.
const UNSPACED =
  '\\p{Script=Han}\\p{Script=Hiragana}\\p{Script=Katakana}\\p{Script=Thai}\\p{Script=Lao}\\p{Script=Khmer}\\p{Script=Myanmar}\\u30fc';
const UNSPACED_RUN = new RegExp(`[${UNSPACED}]`, 'u');
const RUNS = new RegExp(`[${UNSPACED}][${UNSPACED}\\p{M}]*|[^${UNSPACED}]+`, 'gu');

/** Whether a word is of a script written without spaces, in which pairs of characters are the terms. */
export const isUnspaced = (word: string): boolean => UNSPACED_RUN.test(word);

const pairsOf = (run: string, isQuery: boolean): readonly string[] => {
  const characters = Array.from(run);
  const pairs = characters.slice(1).map((character, at) => `${characters[at] ?? ''}${character}`);
  // A message keeps its last character alone, to be found by that one. A query doesn't, or it would only match ends.
  return isQuery && pairs.length > 0 ? pairs : [...pairs, characters.at(-1) ?? ''];
};

const isTooLong = (term: string): boolean =>
  BEYOND_ASCII.test(term)
    ? Buffer.byteLength(term) > 2 * TERM_BYTES_MAX
    : term.length > TERM_BYTES_MAX;

const wordsOf = (folded: string, isQuery: boolean): readonly string[] => {
  if (!BEYOND_ASCII.test(folded)) return folded.match(ASCII_WORD) ?? [];
  return (folded.match(WORD) ?? []).flatMap((word) =>
    isUnspaced(word)
      ? (word.match(RUNS) ?? []).flatMap((run) => (isUnspaced(run) ? pairsOf(run, isQuery) : [run]))
      : [word],
  );
};

const tokenize = (text: string, isQuery: boolean): readonly SearchToken[] => {
  const tokens: SearchToken[] = [];
  const occurrences = new Map<string, number>();
  for (const [at, term] of wordsOf(foldForSearch(text), isQuery).entries()) {
    if (at >= SEARCH_TOKENS_MAX) break;
    const before = occurrences.get(term) ?? 0;
    // What is left out keeps its place, so that the words beside it aren't taken for neighbours.
    if (before >= OCCURRENCES_MAX || isTooLong(term)) continue;
    occurrences.set(term, before + 1);
    tokens.push({ term, position: at + 1 });
  }
  return tokens;
};

/** The terms of a message, in order. */
export const tokenizeForSearch = (text: string): readonly SearchToken[] => tokenize(text, false);

/** The terms to look for to find a text as written: a phrase, unless it's one. */
export const tokenizeForQuery = (text: string): readonly SearchToken[] => tokenize(text, true);
