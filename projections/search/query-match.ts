// A query as text for `::tsquery`, with an estimate of how many messages match. All leaves are quoted lexemes, so the text
// is always valid, whatever was asked.
import { type QueryAst, type QueryLeaf } from '../../application/search/query-ast.ts';
import { termLexeme } from './lexemes.ts';
import { patternKey, wholeWords, type Pattern } from './query-terms.ts';

/** What was looked up in one guild. */
export type GuildTerms = {
  readonly guildNo: number;
  readonly messages: number; // Numbers given so far: the span of the guild
  readonly share: number; // Of its messages, those in the channels looked at; 0..1
  readonly counts: ReadonlyMap<string, number>; // Messages by term
  readonly expansions: ReadonlyMap<string, ReadonlyMap<string, number>>; // By patternKey: terms and their counts
};

export type Match = {
  readonly text: string;
  readonly estimate: number; // Of matching messages
  readonly rarest: number; // Messages that hold its rarest required word: what reading all of it costs
};

// Words of a phrase seldom stand together by chance, and words of an AND oftener than chance.
const PHRASE_SHARE = 1 / 8;
const CORRELATION = 1.5;

const sum = (numbers: Iterable<number>): number => {
  let total = 0;
  for (const number of numbers) total += number;
  return total;
};

export const andOf = (matches: readonly Match[], { messages }: GuildTerms): Match => {
  const [first, ...others] = matches;
  if (first === undefined) throw new Error('Nothing to combine.');
  if (others.length === 0) return first;
  const least = Math.min(...matches.map(({ estimate }) => estimate));
  const chance = others.reduce(
    (product, { estimate }) => product * Math.min(1, (CORRELATION * estimate) / (messages || 1)),
    first.estimate,
  );
  return {
    text: matches.map(({ text }) => `(${text})`).join('&'),
    estimate: Math.min(least, chance),
    rarest: Math.min(...matches.map(({ rarest }) => rarest)),
  };
};

export const orOf = (matches: readonly Match[], { messages }: GuildTerms): Match => {
  const [first, ...others] = matches;
  if (first === undefined) throw new Error('Nothing to combine.');
  if (others.length === 0) return first;
  return {
    text: matches.map(({ text }) => `(${text})`).join('|'),
    estimate: Math.min(messages, sum(matches.map(({ estimate }) => estimate))),
    rarest: sum(matches.map(({ rarest }) => rarest)),
  };
};

export const without = (match: Match, excluded: readonly { readonly text: string }[]): Match =>
  excluded.length === 0
    ? match
    : {
        ...match,
        text: [`(${match.text})`, ...excluded.map(({ text }) => `!(${text})`)].join('&'),
      };

const termMatch = (term: string, { guildNo, counts }: GuildTerms): Match | null => {
  const count = counts.get(term) ?? 0;
  return count === 0 ? null : { text: termLexeme(guildNo, term), estimate: count, rarest: count };
};

const patternMatch = (pattern: Pattern, terms: GuildTerms): Match | null => {
  const found = terms.expansions.get(patternKey(pattern)) ?? new Map<string, number>();
  if (found.size === 0) return null;
  const count = Math.min(terms.messages, sum(found.values()));
  const text = [...found.keys()].map((term) => termLexeme(terms.guildNo, term)).join('|');
  return { text: `(${text})`, estimate: count, rarest: count };
};

const phraseMatch = (
  phrase: Extract<QueryLeaf, { type: 'phrase' }>,
  terms: GuildTerms,
): Match | null => {
  const words: { readonly match: Match; readonly offset: number }[] = [];
  for (const { term, offset } of wholeWords(phrase)) {
    const match = termMatch(term, terms);
    if (match === null) return null;
    words.push({ match, offset });
  }
  const last = phrase.words.at(-1);
  if (phrase.endsInPrefix && last) {
    const match = patternMatch({ type: 'prefix', prefix: last.term }, terms);
    if (match === null) return null;
    words.push({ match, offset: last.offset });
  }
  const matches = words.map(({ match }) => match);
  if (phrase.slop > 0) return andOf(matches, terms);
  const text = words
    .map(({ match, offset }, at) => {
      const before = words[at - 1];
      return before === undefined ? match.text : `<${offset - before.offset}>${match.text}`;
    })
    .join('');
  const rarest = Math.min(...matches.map((match) => match.rarest));
  return { text, estimate: rarest * PHRASE_SHARE, rarest };
};

export const leafMatch = (leaf: QueryLeaf, terms: GuildTerms): Match | null => {
  switch (leaf.type) {
    case 'term':
      return termMatch(leaf.term, terms);
    case 'prefix':
    case 'wildcard':
    case 'fuzzy':
      return patternMatch(leaf, terms);
    case 'phrase':
      return phraseMatch(leaf, terms);
  }
};

const present = (queries: readonly QueryAst[], terms: GuildTerms): readonly Match[] =>
  queries.map((query) => matchOf(query, terms)).filter((match) => match !== null);

/** The parts of a boolean that can match at all; null when the whole can't. */
export const clausesOf = (
  query: Extract<QueryAst, { type: 'boolean' }>,
  terms: GuildTerms,
): {
  readonly must: readonly Match[];
  readonly should: readonly Match[];
  readonly mustNot: readonly Match[];
} | null => {
  const must = present(query.must, terms);
  const should = present(query.should, terms);
  if (must.length < query.must.length || must.length + should.length === 0) return null;
  return { must, should, mustNot: present(query.mustNot, terms) };
};

/** How a query matches, or null when nothing can: a word that no message of the guild holds. */
export const matchOf = (query: QueryAst, terms: GuildTerms): Match | null => {
  if (query.type === 'nothing') return null;
  if (query.type !== 'boolean') return leafMatch(query, terms);
  const clauses = clausesOf(query, terms);
  if (clauses === null) return null;
  const { must, should, mustNot } = clauses;
  return without(must.length > 0 ? andOf(must, terms) : orOf(should, terms), mustNot);
};
