// A query as Elasticsearch takes it, built from the same tree as for PostgreSQL; no query text ever reaches its parsers.
import { type QueryAst, type QueryLeaf } from '../../application/search/query-ast.ts';
import { type ChannelId, type GuildId } from '../../domain/shared/ids.ts';
import { guildTerm } from './elastic-documents.ts';

type Json = string | number | boolean | { readonly [key: string]: Json } | readonly Json[];
export type ElasticQuery = { readonly [key: string]: Json };

/** Words that one pattern may stand for. */
const EXPANSIONS_MAX = 50;
const BOUNDED = `top_terms_${EXPANSIONS_MAX}`;

type Phrase = Extract<QueryLeaf, { type: 'phrase' }>;

const prefixQuery = (guildId: GuildId, prefix: string): ElasticQuery => ({
  prefix: { text: { value: guildTerm(guildId, prefix), rewrite: BOUNDED } },
});

// Word for word, with a gap of its own for each word that was left out; the last may be a beginning.
const spansOf = (guildId: GuildId, { words, endsInPrefix, slop }: Phrase): ElasticQuery => {
  const clauses: ElasticQuery[] = [];
  let next = 0;
  for (const [at, { term, offset }] of words.entries()) {
    if (slop === 0 && offset > next) clauses.push({ span_gap: { text: offset - next } });
    next = offset + 1;
    clauses.push(
      endsInPrefix && at === words.length - 1
        ? { span_multi: { match: prefixQuery(guildId, term) } }
        : { span_term: { text: { value: guildTerm(guildId, term) } } },
    );
  }
  return { span_near: { clauses, slop, in_order: slop === 0 } };
};

const phraseQuery = (guildId: GuildId, phrase: Phrase): ElasticQuery => {
  const { words, endsInPrefix, slop } = phrase;
  if (endsInPrefix || words.some(({ offset }, at) => offset !== at))
    return spansOf(guildId, phrase);
  const query = words.map(({ term }) => guildTerm(guildId, term)).join(' ');
  return { match_phrase: { text: { query, slop, analyzer: 'whitespace' } } };
};

/** What matches a query within one guild. */
export const elasticMatch = (guildId: GuildId, query: QueryAst): ElasticQuery => {
  switch (query.type) {
    case 'nothing':
      return { match_none: {} };
    case 'term':
      return { term: { text: { value: guildTerm(guildId, query.term) } } };
    case 'prefix':
      return prefixQuery(guildId, query.prefix);
    case 'wildcard':
      // The pattern holds letters, digits and marks beside `*` and `?`, so there is nothing to escape.
      return { wildcard: { text: { value: guildTerm(guildId, query.pattern), rewrite: BOUNDED } } };
    case 'fuzzy':
      return {
        fuzzy: {
          text: {
            value: guildTerm(guildId, query.term),
            fuzziness: query.distance,
            prefix_length: guildTerm(guildId, '').length + 1, // The guild and the first letter are meant as written.
            max_expansions: EXPANSIONS_MAX,
            transpositions: false,
          },
        },
      };
    case 'phrase':
      return phraseQuery(guildId, query);
    case 'boolean':
      return {
        bool: {
          must: query.must.map((one) => elasticMatch(guildId, one)),
          should: query.should.map((one) => elasticMatch(guildId, one)),
          must_not: query.mustNot.map((one) => elasticMatch(guildId, one)),
          minimum_should_match: query.must.length === 0 ? 1 : 0,
        },
      };
  }
};

/** A whole search: the filter of guild and channels is always there, whatever was asked. */
export const elasticSearch = ({
  guildId,
  channelIds,
  query,
}: {
  readonly guildId: GuildId;
  readonly channelIds: readonly ChannelId[];
  readonly query: QueryAst;
}): ElasticQuery => ({
  bool: {
    filter: [{ term: { guild: guildId } }, { terms: { channel: channelIds } }],
    must: [elasticMatch(guildId, query)],
  },
});
