// In which order a query's matches are looked for, and how much of the guild is read for each.
import { type QueryAst, type QueryLeaf } from '../../application/search/query-ast.ts';
import { SEGMENT_SHIFTS } from './lexemes.ts';
import {
  andOf,
  clausesOf,
  leafMatch,
  matchOf,
  orOf,
  without,
  type GuildTerms,
  type Match,
} from './query-match.ts';

/** A segment size by its number, or the whole guild. */
export type Level = 0 | 1 | 2 | 3 | 4 | 'all';
const LEVELS = [0, 1, 2, 3, 4] as const;

export type ScoredLeaf = { readonly text: string; readonly weight: number };
export type QueryPlan = {
  readonly chains: readonly Match[]; // Run one after the other until enough is found; no message is in two
  readonly leaves: readonly ScoredLeaf[];
};

const sizeOf = (level: 0 | 1 | 2 | 3 | 4): number => 2 ** SEGMENT_SHIFTS[level];

// A level reads its newest segment, which is half full on average, and the one before.
const SEGMENTS_READ = 1.5;
const MARGIN = 1.2;
// A guild not much larger than a level is read whole at once.
const WORTHWHILE = 2.5;
/** Reading all of a word's matches costs more than the rest of a search from here on. */
const COSTLY_WORD = 1_500;

const scored = (query: QueryAst): readonly QueryLeaf[] => {
  if (query.type === 'nothing') return [];
  if (query.type !== 'boolean') return [query];
  return [...query.must, ...query.should].flatMap(scored);
};

/** Robertson's weight of a word that so many of the messages hold (BM25). */
const weightOf = ({ estimate }: Match, { messages }: GuildTerms): number => {
  const holding = Math.min(estimate, messages);
  return Math.log(1 + (messages - holding + 0.5) / (holding + 0.5));
};

// The messages with all words come first, then those with the rarest, then the newest of the others.
const chainsOfAny = (should: readonly Match[], terms: GuildTerms): readonly Match[] => {
  const ordered = [...should].sort((a, b) => a.estimate - b.estimate);
  const [rarest, ...rest] = ordered;
  if (rarest === undefined || rest.length === 0) return should;
  return [
    andOf(ordered, terms),
    without(rarest, [andOf(rest, terms)]),
    without(orOf(rest, terms), [rarest]),
  ];
};

const chainsOf = (query: QueryAst, terms: GuildTerms): readonly Match[] => {
  if (query.type !== 'boolean') {
    const match = matchOf(query, terms);
    return match === null ? [] : [match];
  }
  const clauses = clausesOf(query, terms);
  if (clauses === null) return [];
  const { must, should, mustNot } = clauses;
  if (must.length === 0) return chainsOfAny(should, terms).map((chain) => without(chain, mustNot));
  const required = andOf(must, terms);
  if (should.length === 0) return [without(required, mustNot)];
  const wished = orOf(should, terms);
  return [
    without(andOf([required, wished], terms), mustNot),
    without(required, [wished, ...mustNot]),
  ];
};

export const planQuery = (query: QueryAst, terms: GuildTerms): QueryPlan => {
  const leaves = new Map<string, ScoredLeaf>();
  for (const leaf of scored(query)) {
    const match = leafMatch(leaf, terms);
    if (match) leaves.set(match.text, { text: match.text, weight: weightOf(match, terms) });
  }
  return { chains: chainsOf(query, terms), leaves: [...leaves.values()] };
};

/** How many candidates are ranked before the search ends. */
export const enoughFor = (limit: number, leaves: number): number =>
  leaves > 1 ? Math.max(40, 2 * limit) : Math.max(64, 3 * limit);

const smallest = (density: number, enough: number, messages: number, above: number): Level =>
  LEVELS.find(
    (level) =>
      level > above &&
      SEGMENTS_READ * sizeOf(level) * density >= MARGIN * enough &&
      messages > WORTHWHILE * sizeOf(level),
  ) ?? 'all';

/** The smallest level that likely holds enough matches. */
export const startLevel = (
  chain: Match,
  enough: number,
  { messages, share }: GuildTerms,
): Level => {
  const level = smallest((chain.estimate * share) / (messages || 1), enough, messages, -1);
  if (level !== 'all' || chain.rarest <= COSTLY_WORD) return level;
  // One look at the newest first, since the estimate may be wrong and reading all is dear.
  return LEVELS.findLast((one) => messages > 5 * sizeOf(one)) ?? 'all';
};

export type Look = {
  readonly level: Exclude<Level, 'all'>;
  readonly found: number; // Matches in it
  readonly read: number; // Messages of the guild it covered
};

/** The next level after one that found too little, by the density just seen; null when reading on isn't worth it. */
export const nextLevel = (
  { level, found, read }: Look,
  chain: Match,
  {
    enough,
    hasLimit,
    messages,
  }: { readonly enough: number; readonly hasLimit: boolean; readonly messages: number },
): Level | null => {
  const next = found === 0 ? 'all' : smallest(found / (read || 1), enough, messages, level);
  return next === 'all' && chain.rarest > COSTLY_WORD && hasLimit ? null : next;
};
