// What a search asks the index before it can be planned.
import * as t from 'io-ts';
import { type GuildTerms } from '../../projections/search/query-match.ts';
import { SEARCH_SCHEMA } from '../../projections/search/level-query.ts';
import {
  likePattern,
  literalStart,
  patternKey,
  type Lookups,
  type Pattern,
} from '../../projections/search/query-terms.ts';
import { type SearchExtensions } from './search-extensions.ts';
import { type Step } from './search-steps.ts';

/** Words that one pattern may stand for: the most frequent, or the nearest. */
const EXPANSIONS_MAX = 50;

export const GuildRow = t.type({
  position: t.string,
  guild_no: t.union([t.number, t.null]),
  next_seq: t.union([t.number, t.null]),
  docs: t.number,
  channels: t.readonlyArray(t.tuple([t.number, t.number])),
  counts: t.record(t.string, t.number),
});
export type GuildRow = t.TypeOf<typeof GuildRow>;

/** One round trip: numbers of guild and channels, how large they are, how frequent the words, how far the index is. */
export const GUILD_LOOKUP = {
  name: 'search-guild',
  sql: `SELECT p.position, g.guild_no, g.next_seq,
    (SELECT coalesce(sum(docs), 0) FROM ${SEARCH_SCHEMA}.channel c WHERE c.guild_no = g.guild_no)::float8 AS docs,
    (SELECT coalesce(json_agg(json_build_array(channel_no, docs)), '[]') FROM ${SEARCH_SCHEMA}.channel c
      WHERE c.channel_id = ANY($2::text[]) AND c.guild_no = g.guild_no) AS channels,
    (SELECT coalesce(json_object_agg(term, df), '{}') FROM ${SEARCH_SCHEMA}.term t
      WHERE t.guild_no = g.guild_no AND t.term = ANY($3::text[])) AS counts
   FROM ops.projections p LEFT JOIN ${SEARCH_SCHEMA}.guild g ON g.guild_id = $1 WHERE p.name = 'search'`,
  row: GuildRow,
};

const TermRow = t.type({ term: t.string, df: t.number });

const MOST_FREQUENT = `ORDER BY df DESC, term LIMIT ${EXPANSIONS_MAX}`;
const RANGE = "term >= $2 AND term < $2 || U&'\\+10FFFF'";
const TERMS = `SELECT term, df FROM ${SEARCH_SCHEMA}.term WHERE guild_no = $1`;

const prefixLookup = {
  name: 'search-prefix',
  sql: `${TERMS} AND ${RANGE} ${MOST_FREQUENT}`,
  row: TermRow,
};
// `term||''` keeps the planner off the trigram index where the beginning narrows more.
const wildcardLookup = {
  name: 'search-wildcard',
  sql: `${TERMS} AND ${RANGE} AND (term || '') LIKE $3 ${MOST_FREQUENT}`,
  row: TermRow,
};
const openWildcardLookup = {
  name: 'search-open-wildcard',
  sql: `${TERMS} AND term LIKE $2 ${MOST_FREQUENT}`,
  row: TermRow,
};
const fuzzyLookup = {
  name: 'search-fuzzy',
  sql: `${TERMS} AND substr(term, 1, 1) = substr($2, 1, 1) AND length(term) BETWEEN length($2) - $3 AND length($2) + $3
    AND levenshtein_less_equal(term, $2, $3) <= $3
    ORDER BY levenshtein_less_equal(term, $2, $3), df DESC, term LIMIT ${EXPANSIONS_MAX}`,
  row: TermRow,
};
const exactLookup = { name: 'search-exact', sql: `${TERMS} AND term = $2`, row: TermRow };

const lookUpPattern = (
  step: Step,
  guildNo: number,
  pattern: Pattern,
  { fuzzy }: SearchExtensions,
): Promise<readonly t.TypeOf<typeof TermRow>[]> => {
  switch (pattern.type) {
    case 'prefix':
      return step(prefixLookup, [guildNo, pattern.prefix]);
    case 'wildcard': {
      const start = literalStart(pattern.pattern);
      const like = likePattern(pattern.pattern);
      return start === ''
        ? step(openWildcardLookup, [guildNo, like])
        : step(wildcardLookup, [guildNo, start, like]);
    }
    case 'fuzzy':
      return fuzzy
        ? step(fuzzyLookup, [guildNo, pattern.term, pattern.distance])
        : step(exactLookup, [guildNo, pattern.term]);
  }
};

/** The words that each pattern of a query stands for in this guild. */
export const lookUpPatterns = async (
  step: Step,
  guildNo: number,
  { patterns }: Lookups,
  extensions: SearchExtensions,
): Promise<GuildTerms['expansions']> => {
  const expansions = new Map<string, ReadonlyMap<string, number>>();
  for (const pattern of patterns) {
    const rows = await lookUpPattern(step, guildNo, pattern, extensions);
    expansions.set(patternKey(pattern), new Map(rows.map(({ term, df }) => [term, df])));
  }
  return expansions;
};
