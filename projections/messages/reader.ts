import * as t from 'io-ts';
import { type Attachment, type Message, Reaction } from '../../application/contract/answers.ts';
import { type Sealer } from '../../application/event-store/event-store.ts';
import {
  type MessageContents,
  type RenderedContent,
  type SealedContent,
} from '../../application/message/message-contents.ts';
import { type MessageReader } from '../../application/message/message-reader.ts';
import { ChannelId, GuildId, MessageId, UserId } from '../../domain/shared/ids.ts';
import { Timestamp, unixSeconds } from '../../domain/shared/timestamp.ts';
import {
  ATTACHMENT_COLUMNS,
  AttachmentRow,
  openAttachments,
} from '../attachments/attachment-rows.ts';
import { type ReadModelQuery, type ReadStatement } from '../read-model.ts';

const EMOJI_MAX = 64;
const REACTORS_MAX = 32;

const Row = t.type({
  message_id: MessageId,
  guild_id: GuildId,
  channel_id: ChannelId,
  author_id: UserId,
  posted_at: Timestamp,
  content_box: t.union([t.string, t.null]),
  content_event_id: t.string,
  content_event_type: t.keyof({ MessagePosted: null, MessageEdited: null, MessageRestored: null }),
  content_event_version: t.Int,
  reactions: t.union([t.null, t.readonlyArray(Reaction)]),
  attachments: t.union([t.null, t.readonlyArray(AttachmentRow)]),
});
type Row = t.TypeOf<typeof Row>;

// One statement, and so one moment: a message is never shown with another moment's reactions or attachments. $1 is who
// reads.
const select = (
  messages: string,
): string => `SELECT m.message_id, m.guild_id, m.channel_id, m.author_id, m.posted_at::float8,
    m.content_box, m.content_event_id, m.content_event_type, m.content_event_version, r.reactions, f.attachments
  FROM ${messages} m
  LEFT JOIN LATERAL (
    SELECT json_agg(json_build_object('count', e.count, 'emoji', e.emoji,
        'reacted_by_me', e.mine, 'reactor_user_ids', e.users) ORDER BY e.emoji) AS reactions
    FROM (
      SELECT emoji, count(*) AS count, bool_or(user_id = $1) AS mine,
        (array_agg(user_id ORDER BY user_id))[1:${REACTORS_MAX}] AS users
      FROM rm_messages.reactions
      WHERE message_id = m.message_id GROUP BY emoji ORDER BY emoji LIMIT ${EMOJI_MAX}
    ) e
  ) r ON true
  LEFT JOIN LATERAL (
    SELECT json_agg(file) AS attachments FROM (
      SELECT ${ATTACHMENT_COLUMNS} FROM rm_attachments.attachments a
      WHERE a.message_id = m.message_id ORDER BY a.uploaded_at, a.attachment_id
    ) file
  ) f ON true`;

const SELECT = select('rm_messages.messages');

// The page is chosen first: statistics that don't know a channel yet would have all of it sorted, reactions included.
const CHOSEN = `SELECT * FROM rm_messages.messages
  WHERE channel_id = $3 AND guild_id = $2 AND message_id < $4 ORDER BY message_id DESC LIMIT $5`;

const PAGE: ReadStatement<Row> = {
  name: 'messages_page',
  sql: `${select(`(${CHOSEN})`)} ORDER BY m.message_id DESC`,
  row: Row,
};
const BY_IDS: ReadStatement<Row> = {
  name: 'messages_by_ids',
  sql: `${SELECT} WHERE m.message_id = ANY($4) AND m.guild_id = $2 AND m.channel_id = ANY($3)`,
  row: Row,
};
const EXISTING: ReadStatement<Row> = {
  name: 'messages_existing',
  sql: `${SELECT} WHERE m.message_id = ANY($2)`,
  row: Row,
};
const REACTION: ReadStatement<Reaction> = {
  name: 'messages_reaction',
  sql: `SELECT $2::text AS emoji, count(*)::integer AS count,
      coalesce(bool_or(user_id = $3), false) AS reacted_by_me,
      coalesce((array_agg(user_id ORDER BY user_id))[1:${REACTORS_MAX}], '{}') AS reactor_user_ids
    FROM rm_messages.reactions WHERE message_id = $1 AND emoji = $2`,
  row: Reaction,
};

const NEWEST = {
  name: 'messages_newest',
  sql: 'SELECT max(message_id) AS message_id FROM rm_messages.messages',
  row: t.type({ message_id: t.union([MessageId, t.null]) }),
};

// Sorts after every id, so that one statement serves the newest page too.
const AFTER_ALL = '~';

const sealedOf = (row: Row): SealedContent => ({
  messageId: row.message_id,
  eventId: row.content_event_id,
  eventType: row.content_event_type,
  eventVersion: row.content_event_version,
  box: row.content_box,
});

// In the order of a frame's keys, so that a replayed message is written as it is.
const answer = (
  row: Row,
  { content, tokens }: RenderedContent,
  attachments: readonly Attachment[],
): Message => ({
  attachments,
  author_id: row.author_id,
  channel_id: row.channel_id,
  content,
  created_at_unix: unixSeconds(row.posted_at) as t.Int,
  guild_id: row.guild_id,
  markdown_tokens: tokens,
  message_id: row.message_id,
  reactions: row.reactions ?? [],
});

const ERASED: RenderedContent = { content: '', tokens: [] };

export const createMessageReader = ({
  query,
  contents,
  sealer,
}: {
  readonly query: ReadModelQuery;
  readonly sealer: Sealer;
  readonly contents: Pick<MessageContents, 'render'>;
}): MessageReader => {
  const rendered = async (rows: readonly Row[]): Promise<readonly Message[]> => {
    const files = rows.flatMap(({ attachments }) => attachments ?? []);
    const [texts, opened] = await Promise.all([
      contents.render(rows.map(sealedOf)),
      openAttachments(sealer, files),
    ]);
    return rows.map((row, i) => {
      const attachments = (row.attachments ?? []).flatMap(
        ({ attachment_id: id }) => opened.get(id) ?? [],
      );
      return answer(row, texts[i] ?? ERASED, attachments);
    });
  };
  return {
    page: async ({ guildId, channelId, readerId, before, limit }) =>
      rendered(await query(PAGE, [readerId, guildId, channelId, before ?? AFTER_ALL, limit])),
    byIds: async ({ guildId, channelIds, messageIds, readerId }) => {
      const rows = await query(BY_IDS, [readerId, guildId, channelIds, messageIds]);
      const found = new Map(rows.map((row) => [row.message_id, row]));
      return rendered(messageIds.flatMap((id) => found.get(id) ?? []));
    },
    existing: async ({ messageIds, readerId }) =>
      rendered(await query(EXISTING, [readerId, messageIds])),
    newestId: async () => (await query(NEWEST, []))[0]?.message_id ?? null,
    reaction: async ({ messageId, emoji, readerId }) => {
      const [found] = await query(REACTION, [messageId, emoji, readerId]);
      const { reactor_user_ids = [], ...line } = found ?? {
        emoji,
        count: 0 as t.Int,
        reacted_by_me: false,
      };
      return reactor_user_ids.length === 0 ? line : { ...line, reactor_user_ids };
    },
  };
};
