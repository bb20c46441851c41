// Message texts to rows of the index. The database gives the numbers, so that this stays a pure function of events.
import { EVENT_CATALOGUE, type EventType } from '../../application/event-store/event-catalogue.ts';
import { tokenizeForSearch } from '../../application/search/tokenize.ts';
import { type Projector, type Statement } from '../projector.ts';
import { foldTexts, type PostedText } from './fold-texts.ts';
import { IS_TERM_SQL, messageWords, TERM_SQL, vectorSql } from './lexemes.ts';
import { uuidOfMessage } from './message-uuid.ts';
import {
  CREATE_SEARCH_INDEXES,
  CREATE_SEARCH_TABLES,
  CREATE_TRIGRAM_INDEX,
  SEARCH_TABLES,
} from './search-tables.ts';

/** The events that an index follows. */
export const SEARCH_TAKES: ReadonlySet<EventType> = new Set([
  'MessagePosted',
  'MessageEdited',
  'MessageDeleted',
  'MessageRestored',
] as const);
const OPENED = new Set([
  'MessagePosted.content',
  'MessageEdited.content',
  'MessageRestored.content',
]);

/** Every sealed text that the index has no use for. */
export const SEARCH_KEPT_SEALED: readonly string[] = EVENT_CATALOGUE.flatMap(({ type, sealed }) =>
  sealed.map(([field]) => `${type}.${field}`),
).filter((name) => !OPENED.has(name));

const COUNTED = `SELECT guild_no, ${TERM_SQL} AS term, count(*)::int4 AS n
  FROM {schema}.doc, unnest(tsvector_to_array(tsv)) AS lexeme
 WHERE message_id = ANY($1::uuid[]) AND ${IS_TERM_SQL} GROUP BY 1, 2`;

// Exact in the same transaction, so that a term nobody uses any more is gone with the last message that held it.
const UNCOUNT = [
  `DELETE FROM {schema}.term t USING (${COUNTED}) x
    WHERE t.guild_no = x.guild_no AND t.term = x.term AND t.df <= x.n`,
  `UPDATE {schema}.term t SET df = t.df - x.n FROM (${COUNTED}) x
    WHERE t.guild_no = x.guild_no AND t.term = x.term`,
];
/** Counts the terms of these rows. */
export const COUNT = `INSERT INTO {schema}.term AS t (guild_no, term, df)
  SELECT guild_no, term, n FROM (${COUNTED}) x ORDER BY guild_no, term
  ON CONFLICT (guild_no, term) DO UPDATE SET df = t.df + excluded.df`;

const NEW_GUILDS = `INSERT INTO {schema}.guild (guild_no, guild_id, next_seq)
  SELECT (SELECT coalesce(max(guild_no), 0) FROM {schema}.guild) + row_number() OVER (ORDER BY first), guild_id, 0
    FROM (SELECT guild_id, min(o) AS first
            FROM unnest($1::text[]) WITH ORDINALITY u(guild_id, o) GROUP BY 1) n
   WHERE NOT EXISTS (SELECT FROM {schema}.guild g WHERE g.guild_id = n.guild_id)`;
const NEW_CHANNELS = `INSERT INTO {schema}.channel (channel_no, channel_id, guild_no, docs)
  SELECT (SELECT coalesce(max(channel_no), 0) FROM {schema}.channel) + row_number() OVER (ORDER BY first),
         channel_id, g.guild_no, 0
    FROM (SELECT channel_id, min(guild_id) AS guild_id, min(o) AS first
            FROM unnest($1::text[], $2::text[]) WITH ORDINALITY u(channel_id, guild_id, o) GROUP BY 1) n
    JOIN {schema}.guild g USING (guild_id)
   WHERE NOT EXISTS (SELECT FROM {schema}.channel c WHERE c.channel_id = n.channel_id)`;
const NEW_DOCS = `WITH numbered AS (
    SELECT u.*, g.guild_no, c.channel_no,
           (g.next_seq + row_number() OVER (PARTITION BY g.guild_no ORDER BY o) - 1)::int4 AS seq
      FROM unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::int2[])
           WITH ORDINALITY u(message_id, guild_id, channel_id, words, len, o)
      JOIN {schema}.guild g USING (guild_id)
      JOIN {schema}.channel c USING (channel_id))
  INSERT INTO {schema}.doc (guild_no, seq, message_id, channel_no, len, tsv)
  SELECT guild_no, seq, message_id, channel_no, len,
         ${vectorSql({ words: 'words', guildNo: 'guild_no', channelNo: 'channel_no', seq: 'seq' })}
    FROM numbered WHERE words IS NOT NULL ORDER BY o`;
const ADVANCE_GUILDS = `UPDATE {schema}.guild g SET next_seq = g.next_seq + x.n
  FROM (SELECT guild_id, count(*)::int4 AS n FROM unnest($1::text[]) AS guild_id GROUP BY 1) x
 WHERE g.guild_id = x.guild_id`;
const COUNT_CHANNELS = `UPDATE {schema}.channel c SET docs = c.docs + x.n
  FROM (SELECT channel_id, count(*)::int4 AS n FROM unnest($1::text[]) AS channel_id GROUP BY 1) x
 WHERE c.channel_id = x.channel_id`;
const UNCOUNT_CHANNELS = `UPDATE {schema}.channel c SET docs = c.docs - x.n
  FROM (SELECT channel_no, count(*)::int4 AS n FROM {schema}.doc
         WHERE message_id = ANY($1::uuid[]) GROUP BY 1) x
 WHERE c.channel_no = x.channel_no`;
const REMOVE = 'DELETE FROM {schema}.doc WHERE message_id = ANY($1::uuid[])';
const EDIT = `UPDATE {schema}.doc d SET len = u.len,
       tsv = ${vectorSql({ words: 'u.words', guildNo: 'd.guild_no', channelNo: 'd.channel_no', seq: 'd.seq' })}
  FROM unnest($1::uuid[], $2::text[], $3::int2[]) u(message_id, words, len)
 WHERE d.message_id = u.message_id`;

/** A text as its row holds it. */
export const indexed = (content: string) => {
  const tokens = tokenizeForSearch(content);
  return { words: messageWords(tokens), len: tokens.length };
};

const postStatements = (posted: readonly PostedText[]): readonly Statement[] => {
  if (posted.length === 0) return [];
  const guildIds = posted.map(({ guildId }) => guildId);
  const channelIds = posted.map(({ channelId }) => channelId);
  const texts = posted.map(({ content }) => (content === null ? null : indexed(content)));
  const kept = channelIds.filter((_, at) => texts[at] !== null);
  return [
    { sql: NEW_GUILDS, values: [guildIds] },
    { sql: NEW_CHANNELS, values: [channelIds, guildIds] },
    {
      sql: NEW_DOCS,
      values: [
        posted.map(({ messageId }) => uuidOfMessage(messageId)),
        guildIds,
        channelIds,
        texts.map((text) => text?.words ?? null),
        texts.map((text) => text?.len ?? 0),
      ],
    },
    { sql: ADVANCE_GUILDS, values: [guildIds] },
    { sql: COUNT_CHANNELS, values: [kept] },
  ];
};

/** Takes rows out, and what they counted for. */
export const removeStatements = (uuids: readonly string[]): readonly Statement[] =>
  uuids.length === 0
    ? []
    : [...UNCOUNT, UNCOUNT_CHANNELS, REMOVE].map((sql) => ({ sql, values: [uuids] }));

const project: Projector['project'] = (events) => {
  const { posted, edited, removed } = foldTexts(events);
  const gone = [...removed].map(uuidOfMessage);
  const changed = [...edited.keys()].map(uuidOfMessage);
  const texts = [...edited.values()].map(indexed);
  const added = posted.filter(({ content }) => content !== null);
  const counted = [...added.map(({ messageId }) => uuidOfMessage(messageId)), ...changed];
  const statements: Statement[] = [];
  if (gone.length + changed.length > 0)
    statements.push(
      ...UNCOUNT.map((sql) => ({ sql, values: [[...new Set([...gone, ...changed])]] })),
    );
  if (gone.length > 0)
    statements.push({ sql: UNCOUNT_CHANNELS, values: [gone] }, { sql: REMOVE, values: [gone] });
  if (changed.length > 0)
    statements.push({
      sql: EDIT,
      values: [changed, texts.map(({ words }) => words), texts.map(({ len }) => len)],
    });
  statements.push(...postStatements(posted));
  if (counted.length > 0) statements.push({ sql: COUNT, values: [counted] });
  return statements;
};

/**
 * The index as a projection. Unlike others it can't take a batch twice, since every post takes a number: whoever runs it
 * goes by its checkpoint, which is in the same transaction.
 */
export const createSearchProjector = ({
  trigrams,
}: {
  readonly trigrams: boolean; // Whether the database has pg_trgm
}): Projector => ({
  name: 'search',
  version: 2,
  dropsReplaced: true,
  tables: SEARCH_TABLES,
  createTables: CREATE_SEARCH_TABLES,
  createIndexes: CREATE_SEARCH_INDEXES + (trigrams ? CREATE_TRIGRAM_INDEX : ''),
  takes: SEARCH_TAKES,
  keepSealed: SEARCH_KEPT_SEALED,
  project,
});
