// The one statement of a search step: candidates of one level, ranked.
import { SEGMENT_SHIFTS } from './lexemes.ts';
import { type Level } from './query-plan.ts';

export const SEARCH_SCHEMA = 'rm_search';

export type LevelStatement = { readonly name: string; readonly sql: string };

/** $1 guild number, $2 channel numbers, $3 limit, $4 candidates, $5 upper bound, $6 query, $7 weights, then leaves, then the channel clause. */
export const FIRST_LEAF = 8;

const score = (leaves: number): string => {
  // BM25 with a term frequency of 1 and an average length of 12; typed, or it would be numeric arithmetic.
  const length = '2.2::float4/(1.3::float4+0.075::float4*len::float4)';
  if (leaves === 1) return `($7::float4[])[1]*${length}`;
  const cases = Array.from(
    { length: leaves },
    (_, at) =>
      `CASE WHEN tsv @@ $${FIRST_LEAF + at}::tsquery THEN ($7::float4[])[${at + 1}] ELSE 0::float4 END`,
  );
  return `(${cases.join('+')})*${length}`;
};

// The newest segment is read from the guild's row in the same statement, so that nothing new is missed.
const segments = (shift: number, level: number): string => `
  WITH g AS MATERIALIZED (
    SELECT format('''%1$s#${level}%2$s''|''%1$s#${level}%3$s''', h, to_hex(s), to_hex(greatest(s-1,0)))::tsquery AS q,
           greatest(s-1,0)<<${shift} AS b
      FROM (SELECT to_hex(guild_no) AS h, greatest(next_seq-1,0)>>${shift} AS s
              FROM ${SEARCH_SCHEMA}.guild WHERE guild_no = $1::int4) y)`;

/**
 * The segment must be a clause of its own: inside one tsquery GIN would read both lists whole. `seq+0` keeps the planner
 * from walking the primary key. The newest candidates are ranked when there are too many.
 */
export const levelStatement = (
  level: Level,
  leaves: number,
  hasChannelClause: boolean,
): LevelStatement => {
  const shift = level === 'all' ? null : SEGMENT_SHIFTS[level];
  const channel = hasChannelClause
    ? `AND tsv @@ $${FIRST_LEAF + (leaves > 1 ? leaves : 0)}::tsquery`
    : '';
  return {
    name: `search-${level}-${leaves}${hasChannelClause ? '-c' : ''}`,
    sql: `${shift === null ? '' : segments(shift, level as number)}
      SELECT message_id::text AS message_id, seq, (${score(leaves)})::float8 AS score,
             count(*) OVER ()::int4 AS n, ${shift === null ? '0' : '(SELECT b FROM g)'}::int4 AS b
        FROM (SELECT seq, message_id, len${leaves > 1 ? ', tsv' : ''}
                FROM ${SEARCH_SCHEMA}.doc
               WHERE tsv @@ $6::tsquery
                 AND ${shift === null ? '$1::int4 IS NOT NULL' : 'tsv @@ (SELECT q FROM g)'}
                 AND seq+0 < $5::int4 AND channel_no = ANY($2::int4[]) ${channel}
               ORDER BY seq+0 DESC LIMIT $4::int8) x
       ORDER BY score DESC, seq DESC LIMIT $3::int8`,
  };
};
