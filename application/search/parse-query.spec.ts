import * as fc from 'fast-check';
import { isLeft, left, right } from 'fp-ts/lib/Either.js';
import {
  parseQuery,
  QUERY_DEPTH_MAX,
  QUERY_PATTERNS_MAX,
  QUERY_TERMS_MAX,
  QUERY_TILDES_MAX,
} from './parse-query.ts';
import { type QueryAst } from './query-ast.ts';

const parse = (text: string) => parseQuery(text, { bytesMax: 256 });
const term = (word: string): QueryAst => ({ type: 'term', term: word });
const prefix = (beginning: string): QueryAst => ({ type: 'prefix', prefix: beginning });
const fuzzy = (word: string, distance: 1 | 2): QueryAst => ({
  type: 'fuzzy',
  term: word,
  distance,
});
const wildcard = (pattern: string): QueryAst => ({ type: 'wildcard', pattern });
const phrase = (words: readonly string[], { endsInPrefix = false, slop = 0 } = {}): QueryAst => ({
  type: 'phrase',
  words: words.map((word, offset) => ({ term: word, offset })),
  endsInPrefix,
  slop,
});
const all = (...must: QueryAst[]): QueryAst => ({ type: 'boolean', must, should: [], mustNot: [] });
const any = (...should: QueryAst[]): QueryAst => ({
  type: 'boolean',
  must: [],
  should,
  mustNot: [],
});
const [a, b, c, d] = [term('a'), term('b'), term('c'), term('d')];

it.each<[string, QueryAst]>([
  ['Word', term('word')],
  ['  a b ', any(a, b)],
  ['a OR b', any(a, b)],
  ['a AND b', all(a, b)],
  ['a AND b c OR d', any(all(a, b), c, d)],
  ['a AND (b c)', all(a, any(b, c))],
  ['(a)', a],
  ['(a b)(c d)', any(any(a, b), any(c, d))],
  ['+a b', { type: 'boolean', must: [a], should: [b], mustNot: [] }],
  ['a -b', { type: 'boolean', must: [], should: [a], mustNot: [b] }],
  ['a NOT b', { type: 'boolean', must: [], should: [a], mustNot: [b] }],
  ['a AND NOT b', { type: 'boolean', must: [a], should: [], mustNot: [b] }],
  ['+(a b) -c', { type: 'boolean', must: [any(a, b)], should: [], mustNot: [c] }],
  ['and or not', any(term('and'), term('or'), term('not'))],
  ['"a"', a],
  ['"a b" c', any(phrase(['a', 'b']), c)],
  ['"a b"~2', phrase(['a', 'b'], { slop: 2 })],
  ['"a wor*"', phrase(['a', 'wor'], { endsInPrefix: true })],
  ['""', { type: 'nothing' }],
  ['foo.bar', phrase(['foo', 'bar'])],
  ["don't", phrase(['don', 't'])],
  ['c++ #1', any(c, term('1'))],
  ['wor*', prefix('wor')],
  ['ÄR*', prefix('ar')],
  ['foo.ba*', phrase(['foo', 'ba'], { endsInPrefix: true })],
  ['w?rd*', wildcard('w?rd*')],
  ['*abc', wildcard('*abc')],
  ['why?', term('why')],
  ['word~', fuzzy('word', 1)],
  ['longer~', fuzzy('longer', 2)],
  ['longer~1', fuzzy('longer', 1)],
  ['word~0', term('word')],
  ['foo.bar~', phrase(['foo', 'bar'])],
  ['a^2 "b c"^1.5', any(a, phrase(['b', 'c']))],
  ['日本語', phrase(['日本', '本語'])],
  ['日本', term('日本')],
  ['日', prefix('日')],
  ['日本*', term('日本')],
  ['🔥', term('🔥')],
  ['!!! ...', { type: 'nothing' }],
  ['a AND !!!', a],
])('reads %j', (text, query) => {
  expect(parse(text)).toEqual(right(query));
});

it.each([
  ...[
    '',
    '   ',
    'a:b',
    'a\0b',
    '-a',
    'NOT a',
    'a AND -b AND',
    'AND',
    'OR a',
    'a OR',
    'a AND',
    'NOT',
  ],
  ...[
    'a AND OR b',
    '(a',
    'a)',
    '()',
    '(-a)',
    '"a',
    'a "',
    '+',
    'a -',
    '- a',
    '--a',
    '*',
    '??',
    '*?',
    'NOT NOT a',
  ],
  ...['a.b?c', 'a~3', 'a~b', 'a*~', '"a b"~', '"a b"~101', '日?本'],
])('refuses %j', (text) => {
  expect(parse(text)).toEqual(left('InvalidQuery'));
});

describe('bounds', () => {
  const fits = (text: string) => !isLeft(parse(text));

  it.each<[string, (size: number) => string, number]>([
    ['256 bytes', (size) => 'ä'.repeat(size / 2), 256],
    ['20 terms', (size) => 'a '.repeat(size), QUERY_TERMS_MAX],
    ['20 leaves without spaces', (size) => '(a)'.repeat(size), QUERY_TERMS_MAX],
    ['4 patterns', (size) => 'ab* '.repeat(size), QUERY_PATTERNS_MAX],
    ['2 tildes', (size) => 'ab~ '.repeat(size), QUERY_TILDES_MAX],
    ['8 levels', (size) => `${'('.repeat(size)}a${')'.repeat(size)}`, QUERY_DEPTH_MAX],
  ])('hold at %s', (_, sized, most) => {
    expect(fits(sized(most))).toBe(true);
    expect(fits(sized(most + 2))).toBe(false);
  });

  it('are the limits of the caller', () => {
    expect(isLeft(parseQuery('abc', { bytesMax: 2 }))).toBe(true);
  });

  const leavesOf = (query: QueryAst): number =>
    query.type === 'boolean'
      ? [...query.must, ...query.should, ...query.mustNot].reduce(
          (sum, one) => sum + leavesOf(one),
          0,
        )
      : 1;
  const pieces = [
    'a',
    'b*',
    'c~',
    '日本',
    ' ',
    ' ',
    '(',
    ')',
    '"',
    '+',
    '-',
    ' AND ',
    ' OR ',
    ' NOT ',
    '^2',
    '?',
    '~1',
  ];

  it('hold for any text', () => {
    const text = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 60 }),
      fc.array(fc.constantFrom(...pieces), { maxLength: 25 }).map((drawn) => drawn.join('')),
    );
    fc.assert(
      fc.property(text, (drawn) => {
        const outcome = parse(drawn);
        return isLeft(outcome) || leavesOf(outcome.right) <= QUERY_TERMS_MAX;
      }),
      { numRuns: 3000 },
    );
  });
});
