// What has to be looked up before a query can be planned: how many messages hold a term, and which terms a pattern means.
import { type QueryAst, type QueryLeaf } from '../../application/search/query-ast.ts';

/** Terms that a word of the query stands for, chosen from those of the guild. */
export type Pattern =
  | { readonly type: 'prefix'; readonly prefix: string }
  | { readonly type: 'wildcard'; readonly pattern: string }
  | { readonly type: 'fuzzy'; readonly term: string; readonly distance: 1 | 2 };

export const patternKey = (pattern: Pattern): string => JSON.stringify(pattern);

/** All leaves, in order, those to be excluded too. */
export const leavesOf = (query: QueryAst): readonly QueryLeaf[] => {
  switch (query.type) {
    case 'nothing':
      return [];
    case 'boolean':
      return [...query.must, ...query.should, ...query.mustNot].flatMap(leavesOf);
    case 'term':
    case 'prefix':
    case 'wildcard':
    case 'fuzzy':
    case 'phrase':
      return [query];
  }
};

/** The words of a phrase that are whole; the last is left out when it is only a beginning. */
export const wholeWords = (
  phrase: Extract<QueryLeaf, { type: 'phrase' }>,
): readonly { readonly term: string; readonly offset: number }[] =>
  phrase.endsInPrefix ? phrase.words.slice(0, -1) : phrase.words;

const patternOf = (leaf: QueryLeaf): Pattern | null => {
  switch (leaf.type) {
    case 'prefix':
    case 'wildcard':
    case 'fuzzy':
      return leaf;
    case 'phrase': {
      const last = leaf.words.at(-1);
      return leaf.endsInPrefix && last ? { type: 'prefix', prefix: last.term } : null;
    }
    case 'term':
      return null;
  }
};

export type Lookups = { readonly terms: readonly string[]; readonly patterns: readonly Pattern[] };

/** What to look up, each once. */
export const lookupsOf = (query: QueryAst): Lookups => {
  const terms = new Set<string>();
  const patterns = new Map<string, Pattern>();
  for (const leaf of leavesOf(query)) {
    if (leaf.type === 'term') terms.add(leaf.term);
    if (leaf.type === 'phrase') for (const { term } of wholeWords(leaf)) terms.add(term);
    const pattern = patternOf(leaf);
    if (pattern) patterns.set(patternKey(pattern), pattern);
  }
  return { terms: [...terms], patterns: [...patterns.values()] };
};

/** The beginning of a wildcard pattern up to its first `*` or `?`. */
export const literalStart = (pattern: string): string => /^[^*?]*/.exec(pattern)?.[0] ?? '';

/** A wildcard pattern for LIKE; it holds letters, digits and marks only, so there is nothing to escape. */
export const likePattern = (pattern: string): string =>
  pattern.replaceAll('*', '%').replaceAll('?', '_');
