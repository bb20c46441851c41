// Puts single messages back into the index of PostgreSQL, at the numbers they had: a rebuilt index equals a mended one.
import { type ChannelId, type GuildId, type MessageId } from '../../domain/shared/ids.ts';
import { type Statement } from '../projector.ts';
import { vectorSql } from './lexemes.ts';
import { uuidOfMessage } from './message-uuid.ts';
import { COUNT, indexed } from './search-projector.ts';

export type MissingMessage = {
  readonly messageId: MessageId;
  readonly channelId: ChannelId;
  readonly text: string;
};

/**
 * The number a message had among those ever posted in its guild, from 0; read where every posting is listed. One that was
 * deleted and restored took another number then.
 */
export const NUMBERS_SQL = `SELECT subject_id AS message_id, max(seq) AS seq FROM (
    SELECT subject_id, (row_number() OVER (ORDER BY position) - 1)::int4 AS seq
      FROM rm_feed.feed
     WHERE guild_id = $1 AND kind IN ('MessagePosted', 'MessageRestored')) f
  WHERE subject_id = ANY($2::text[]) GROUP BY subject_id`;

const RESTORE = `INSERT INTO {schema}.doc (guild_no, seq, message_id, channel_no, len, tsv)
  SELECT g.guild_no, u.seq, u.message_id, c.channel_no, u.len,
         ${vectorSql({ words: 'u.words', guildNo: 'g.guild_no', channelNo: 'c.channel_no', seq: 'u.seq' })}
    FROM unnest($1::uuid[], $2::text[], $3::text[], $4::int2[], $5::int4[])
         u(message_id, channel_id, words, len, seq)
    JOIN {schema}.guild g ON g.guild_id = $6
    JOIN {schema}.channel c USING (channel_id)
  ON CONFLICT DO NOTHING
  RETURNING message_id::text AS message_id, channel_no`;

/** Rows of the messages that were not there; those it returns still have to be counted. */
export const restoreStatement = (
  guildId: GuildId,
  messages: readonly (MissingMessage & { readonly seq: number })[],
): Statement => {
  const texts = messages.map(({ text }) => indexed(text));
  return {
    sql: RESTORE,
    values: [
      messages.map(({ messageId }) => uuidOfMessage(messageId)),
      messages.map(({ channelId }) => channelId),
      texts.map(({ words }) => words),
      texts.map(({ len }) => len),
      messages.map(({ seq }) => seq),
      guildId,
    ],
  };
};

const COUNT_CHANNELS = `UPDATE {schema}.channel c SET docs = c.docs + x.n
  FROM (SELECT channel_no, count(*)::int4 AS n FROM {schema}.doc
         WHERE message_id = ANY($1::uuid[]) GROUP BY 1) x
 WHERE c.channel_no = x.channel_no`;

/** Counts the words and the channel of each restored row. */
export const countStatements = (uuids: readonly string[]): readonly Statement[] => [
  { sql: COUNT, values: [uuids] },
  { sql: COUNT_CHANNELS, values: [uuids] },
];
