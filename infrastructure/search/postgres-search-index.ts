// Searches the index in PostgreSQL: a look-up, then a few small statements, newest messages first, until enough is found.
import { left, right } from 'fp-ts/lib/Either.js';
import * as t from 'io-ts';
import { type Position } from '../../application/event-store/event-log.ts';
import { type SearchIndex, type SearchRequest } from '../../application/search/search-index.ts';
import { channelLexeme } from '../../projections/search/lexemes.ts';
import { levelStatement } from '../../projections/search/level-query.ts';
import { messageOfUuid } from '../../projections/search/message-uuid.ts';
import { type GuildTerms, type Match } from '../../projections/search/query-match.ts';
import {
  enoughFor,
  nextLevel,
  planQuery,
  startLevel,
  type Level,
  type QueryPlan,
} from '../../projections/search/query-plan.ts';
import { lookupsOf } from '../../projections/search/query-terms.ts';
import { type Pool } from '../postgres/database.ts';
import { GUILD_LOOKUP, lookUpPatterns, type GuildRow } from './search-lookups.ts';
import { createSteps, OutOfTime, type Step } from './search-steps.ts';
import { type SearchExtensions } from './search-extensions.ts';

/** More at once would only wait for each other past their time. */
export const SEARCHES_MAX = 64;
const CANDIDATES_MAX = 256;
const SEQ_MAX = 2 ** 31 - 1;
// A clause for the channels pays off where they are few and leave much of the guild out.
const CHANNEL_LEXEMES_MAX = 64;
const CHANNEL_SHARE_MAX = 0.75;
const UNDEFINED = new Set(['42P01', '3F000', '42883']); // No table, schema or function (yet)

const HitRow = t.type({
  message_id: t.string,
  seq: t.number,
  score: t.number,
  n: t.number,
  b: t.number,
});
type Hit = t.TypeOf<typeof HitRow>;

type Search = {
  readonly step: Step;
  readonly plan: QueryPlan;
  readonly terms: GuildTerms;
  readonly channels: readonly number[];
  readonly channelClause: string | null;
  readonly limit: number;
  readonly enough: number;
};

const look = (search: Search, chain: Match, level: Level, below: number) => {
  const { step, plan, terms, channels, channelClause, limit } = search;
  const { leaves } = plan;
  const statement = levelStatement(level, leaves.length, channelClause !== null);
  return step({ ...statement, row: HitRow }, [
    terms.guildNo,
    channels,
    limit,
    CANDIDATES_MAX,
    below,
    chain.text,
    leaves.map(({ weight }) => weight),
    ...(leaves.length > 1 ? leaves.map(({ text }) => text) : []),
    ...(channelClause === null ? [] : [channelClause]),
  ]);
};

/** Adds a chain's hits level by level, each below the one before, so that no message comes twice. */
const runChain = async (
  search: Search,
  chain: Match,
  hits: Hit[],
  seen: number,
): Promise<number> => {
  const { terms, enough, limit } = search;
  let level: Level | null = startLevel(chain, enough - seen, terms);
  let below = SEQ_MAX;
  let found = seen;
  while (level !== null) {
    const rows = await look(search, chain, level, below);
    hits.push(...rows);
    const [first] = rows;
    found += first?.n ?? 0;
    if (level === 'all' || found >= enough) break;
    const top = Math.min(below, terms.messages);
    if (first) below = first.b;
    level = nextLevel({ level, found: first?.n ?? 0, read: top - below }, chain, {
      enough: enough - found,
      hasLimit: hits.length >= limit,
      messages: terms.messages,
    });
  }
  return found;
};

const byScore = (a: Hit, b: Hit): number => b.score - a.score || b.seq - a.seq;

const runPlan = async (
  search: Search,
): Promise<{ readonly hits: readonly Hit[]; readonly partial: boolean }> => {
  const hits: Hit[] = [];
  let partial = false;
  try {
    let found = 0;
    for (const chain of search.plan.chains) {
      found = await runChain(search, chain, hits, found);
      if (found >= search.enough) break;
    }
  } catch (error) {
    if (!(error instanceof OutOfTime)) throw error;
    partial = true;
  }
  return { hits: hits.sort(byScore).slice(0, search.limit), partial };
};

const channelClauseOf = (guildNo: number, channels: readonly number[], share: number) =>
  channels.length <= CHANNEL_LEXEMES_MAX && share < CHANNEL_SHARE_MAX
    ? channels.map((channelNo) => channelLexeme(guildNo, channelNo)).join('|')
    : null;

const guildTermsOf = (row: GuildRow, guildNo: number): Omit<GuildTerms, 'expansions'> => {
  const mine = row.channels.reduce((total, [, docs]) => total + docs, 0);
  return {
    guildNo,
    messages: row.next_seq ?? 0,
    share: row.docs === 0 ? 0 : mine / row.docs,
    counts: new Map(Object.entries(row.counts)),
  };
};

const find = async (
  step: Step,
  { guildId, channelIds, query, limit }: SearchRequest,
  extensions: SearchExtensions,
) => {
  const lookups = lookupsOf(query);
  const [row] = await step(GUILD_LOOKUP, [guildId, channelIds, lookups.terms]);
  if (row === undefined) return null;
  const position = row.position as Position; // Only ever written from one
  const channels = row.channels.map(([channelNo]) => channelNo);
  const nothing = { hits: [], partial: false, position };
  if (row.guild_no === null || channels.length === 0) return nothing;
  const expansions = await lookUpPatterns(step, row.guild_no, lookups, extensions);
  const terms = { ...guildTermsOf(row, row.guild_no), expansions };
  const plan = planQuery(query, terms);
  if (plan.chains.length === 0) return nothing;
  const channelClause = channelClauseOf(terms.guildNo, channels, terms.share);
  const enough = enoughFor(limit, plan.leaves.length);
  return {
    ...(await runPlan({ step, plan, terms, channels, channelClause, limit, enough })),
    position,
  };
};

/** Whether there is no index (yet) to ask. */
export const isUndefined = (error: unknown): boolean =>
  error instanceof Error &&
  'code' in error &&
  typeof error.code === 'string' &&
  UNDEFINED.has(error.code);

/** The index over `createSearchPool`'s connections. A database that is away makes searches reject as it does reads. */
export const createPostgresSearchIndex = ({
  pool,
  extensions,
}: {
  readonly pool: Pool;
  readonly extensions: SearchExtensions;
}): SearchIndex => {
  let running = 0;
  return {
    search: async (request) => {
      if (running >= SEARCHES_MAX) return left('Unavailable');
      running += 1;
      try {
        const found = await find(createSteps(pool, request.timeoutMs), request, extensions);
        if (found === null) return left('Unavailable');
        const { hits, partial, position } = found;
        if (partial && hits.length === 0) return left('TooSlow');
        return right({
          messageIds: hits.map(({ message_id: uuid }) => messageOfUuid(uuid)),
          partial,
          position,
        });
      } catch (error) {
        if (error instanceof OutOfTime) return left('TooSlow');
        if (isUndefined(error)) return left('Unavailable');
        throw error;
      } finally {
        running -= 1;
      }
    },
  };
};
