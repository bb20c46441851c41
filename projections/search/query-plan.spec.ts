import * as fc from 'fast-check';
import { isLeft } from 'fp-ts/lib/Either.js';
import { parseQuery } from '../../application/search/parse-query.ts';
import { type QueryAst } from '../../application/search/query-ast.ts';
import { tokenizeForSearch } from '../../application/search/tokenize.ts';
import { messageWords } from './lexemes.ts';
import { matchOf, type GuildTerms } from './query-match.ts';
import { enoughFor, nextLevel, planQuery, startLevel } from './query-plan.ts';
import { lookupsOf, patternKey } from './query-terms.ts';

const parsed = (text: string): QueryAst => {
  const query = parseQuery(text, { bytesMax: 4096 });
  if (isLeft(query)) throw new Error(text);
  return query.right;
};

/** A guild in which every word looked up is held by so many messages, and each pattern stands for two words. */
const guildFor = (query: QueryAst, { messages = 1_000, count = 10 } = {}): GuildTerms => {
  const { terms, patterns } = lookupsOf(query);
  return {
    ...{ guildNo: 26, messages, share: 1 },
    counts: new Map(terms.filter((term) => term !== 'absent').map((term) => [term, count])),
    expansions: new Map(
      patterns.map((pattern) => [
        patternKey(pattern),
        new Map([
          ['one', count],
          ['two', count],
        ]),
      ]),
    ),
  };
};
const textOf = (text: string) => {
  const query = parsed(text);
  return matchOf(query, guildFor(query))?.text ?? null;
};
const chainsOf = (text: string) => {
  const query = parsed(text);
  return planQuery(query, guildFor(query)).chains.map((chain) => chain.text);
};

it.each([
  ['word', "'1a.word'"],
  ['a AND b', "('1a.a')&('1a.b')"],
  ['a b', "('1a.a')|('1a.b')"],
  ['a AND -b', "('1a.a')&!('1a.b')"],
  ['"a b c"', "'1a.a'<1>'1a.b'<1>'1a.c'"],
  ['"a b"~3', "('1a.a')&('1a.b')"],
  ['w*', "('1a.one'|'1a.two')"],
  ['"a w*"', "'1a.a'<1>('1a.one'|'1a.two')"],
  ['w?rd', "('1a.one'|'1a.two')"],
  ['word~', "('1a.one'|'1a.two')"],
  ['absent', null],
  ['a AND absent', null],
  ['"a absent"', null],
  ['a absent', "'1a.a'"],
  ['a -absent', "'1a.a'"],
  ['+(a absent) -(b c)', "('1a.a')&!(('1a.b')|('1a.c'))"],
  ['!!!', null],
])('%s becomes %s', (text, expected) => {
  expect(textOf(text)).toBe(expected);
});

it('quotes what words a message holds', () => {
  expect(messageWords(tokenizeForSearch('a b a'))).toBe("'~.a':1,3 '~.b':2");
  expect(messageWords([{ term: "q'\\u", position: 1 }])).toBe("'~.q''\\\\u':1");
});

const pieces = [
  "'",
  '\\',
  '"',
  '(',
  ')',
  '&',
  '|',
  '!',
  '<1>',
  '::',
  ' ',
  'a',
  'b',
  '-',
  '*',
  '日',
  '🔥',
];

it('never lets text of a query out of its quotes', () => {
  const text = fc
    .array(fc.constantFrom(...pieces), { maxLength: 20 })
    .map((drawn) => drawn.join(''));
  fc.assert(
    fc.property(text, (drawn) => {
      const query = parseQuery(drawn, { bytesMax: 256 });
      if (isLeft(query)) return true;
      const match = matchOf(query.right, guildFor(query.right));
      return match === null || /^[()&|!<\d>]+$/.test(match.text.replaceAll(/'1a\.[^'\\]+'/g, '1'));
    }),
    { numRuns: 2000 },
  );
});

describe('the order of a search', () => {
  it('of any of several words begins with all of them', () => {
    expect(chainsOf('a b -c')).toEqual([
      "(('1a.a')&('1a.b'))&!('1a.c')",
      "(('1a.a')&!('1a.b'))&!('1a.c')",
      "(('1a.b')&!('1a.a'))&!('1a.c')",
    ]);
  });

  it('of required words begins with those that hold a wished one', () => {
    expect(chainsOf('+a b')).toEqual(["('1a.a')&('1a.b')", "('1a.a')&!('1a.b')"]);
  });

  const messages = 1_000_000;
  const chain = (estimate: number) => ({ text: 'x', estimate, rarest: estimate });
  const terms = { ...guildFor(parsed('a')), messages };

  it('reads the smallest segment that likely holds enough', () => {
    const enough = enoughFor(20, 1);
    const levels = [300_000, 20_000, 5_000, 1_600, 100].map((estimate) =>
      startLevel(chain(estimate), enough, terms),
    );
    expect(levels).toEqual([0, 1, 2, 3, 'all']);
    expect(startLevel(chain(500), enough, { ...terms, messages: 1_000 })).toBe('all');
  });

  it('reads on by the density just seen, and stops where the rest is dear', () => {
    const ports = { enough: 64, hasLimit: false, messages };
    expect(nextLevel({ level: 0, found: 20, read: 1_500 }, chain(20_000), ports)).toBe(1);
    expect(nextLevel({ level: 0, found: 1, read: 1_500 }, chain(20_000), ports)).toBe(4);
    expect(nextLevel({ level: 0, found: 0, read: 1_500 }, chain(20_000), ports)).toBe('all');
    const sated = { ...ports, hasLimit: true };
    expect(nextLevel({ level: 4, found: 30, read: 400_000 }, chain(20_000), sated)).toBeNull();
    expect(nextLevel({ level: 4, found: 30, read: 400_000 }, chain(100), sated)).toBe('all');
  });
});
