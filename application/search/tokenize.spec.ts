import * as fc from 'fast-check';
import {
  SEARCH_TOKENS_MAX,
  TERM_BYTES_MAX,
  tokenizeForQuery,
  tokenizeForSearch,
} from './tokenize.ts';

const terms = (text: string) => tokenizeForSearch(text).map(({ term }) => term);
const queried = (text: string) => tokenizeForQuery(text).map(({ term }) => term);

describe('words of a message', () => {
  it.each([
    ['Hello, World 42!', ['hello', 'world', '42']],
    ["don't see foo.bar_baz", ['don', 't', 'see', 'foo', 'bar', 'baz']],
    ['https://example.org/x', ['https', 'example', 'org', 'x']],
    ['STRASSE straße', ['strasse', 'strasse']],
    ['Łódź Crème İstanbul ﬁne', ['lodz', 'creme', 'istanbul', 'fine']],
    ['Σοφός', ['σοφοσ']],
    ['한국어 がぎ', ['한국어', 'がぎ', 'ぎ']],
    ['日本語 ok', ['日本', '本語', '語', 'ok']],
    ['PC用品', ['pc', '用品', '品']],
    ['語', ['語']],
    ['สวัสดี', ['สว', 'วั', 'ัส', 'สด', 'ดี', 'ี']],
    ['データ', ['デー', 'ータ', 'タ']],
    ['שָׁלוֹם مُحَمَّد', ['שלום', 'محمد']],
    ['fire🔥 👍🏽👨‍👩‍👧 🇫🇮', ['fire', '🔥', '👍🏽', '👨‍👩‍👧', '🇫🇮']],
    ['… -- !!', []],
    ['', []],
  ])('are found in %j', (text, expected) => {
    expect(terms(text)).toEqual(expected);
  });

  it('count from 1, and what is left out keeps its place', () => {
    expect(tokenizeForSearch(`a ${'x'.repeat(TERM_BYTES_MAX + 1)} b`)).toEqual([
      { term: 'a', position: 1 },
      { term: 'b', position: 3 },
    ]);
  });

  it('are at most 40 bytes, or 80 outside ASCII', () => {
    const ascii = 'x'.repeat(TERM_BYTES_MAX);
    const greek = 'λ'.repeat(TERM_BYTES_MAX);
    expect(terms(`${ascii} ${ascii}x ${greek} ${greek}λ`)).toEqual([ascii, greek]);
  });

  it('are bounded in number, of all and of one', () => {
    const many = Array.from({ length: SEARCH_TOKENS_MAX + 1 }, (_, n) => `w${n}`).join(' ');
    expect(terms(many)).toHaveLength(SEARCH_TOKENS_MAX);
    expect(terms('ja '.repeat(100))).toHaveLength(64);
  });
});

describe('words of a query', () => {
  it('are those of a message, without a lone last character', () => {
    expect(queried('京都')).toEqual(['京都']);
    expect(queried('京')).toEqual(['京']);
    expect(queried('Foo.bar')).toEqual(['foo', 'bar']);
  });

  it('find every message that holds the text between spaces', () => {
    const text = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 20 });
    fc.assert(
      fc.property(text, text, (before, wanted) => {
        const found = new Set(terms(`${before} ${wanted} ${before}`));
        return queried(wanted).every((term) => found.has(term));
      }),
    );
  });

  it('come from any text at all', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) =>
        tokenizeForSearch(text).every(({ term }) => term !== '' && !/[\s"'\\:&|!<>()]/.test(term)),
      ),
    );
  });
});
