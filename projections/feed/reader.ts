import * as t from 'io-ts';
import { EVENT_KINDS, type EventType } from '../../application/event-store/event-catalogue.ts';
import { type Position } from '../../application/event-store/event-log.ts';
import { channelScope, guildScope, type FeedReader } from '../../application/feed/feed-reader.ts';
import { ChannelId, GuildId, MessageId } from '../../domain/shared/ids.ts';
import { type ReadModelQuery, type ReadStatement } from '../read-model.ts';

/** Where a count of unread messages ends. */
export const UNREAD_MAX = 100;
// Changes of one channel that are looked at for its count: also edits and reactions are among them.
const LOOKED_AT_MAX = 400;
// Up to so many scopes each is read from its own end of the index; above, the index is walked by position or gathered.
const SCOPES_APART_MAX = 16;

const PositionText = new t.Type<Position, string>(
  'Position',
  (value): value is Position => t.string.is(value),
  (value, context) =>
    t.string.is(value) ? t.success(value as Position) : t.failure(value, context),
  t.identity,
);
const Kind = new t.Type<EventType, string>(
  'EventType',
  (value): value is EventType => t.string.is(value) && EVENT_KINDS.has(value),
  (value, context) =>
    t.string.is(value) && EVENT_KINDS.has(value)
      ? t.success(value as EventType)
      : t.failure(value, context),
  t.identity,
);

const ChangeRow = t.type({
  position: PositionText,
  mark: t.string,
  guild_id: t.union([GuildId, t.null]),
  channel_id: t.union([ChannelId, t.null]),
  kind: Kind,
  subject_id: t.string,
  at: t.number,
});
const COLUMNS = 'position, mark, guild_id, channel_id, kind, subject_id, at::float8';

const PAGE: ReadStatement<t.TypeOf<typeof ChangeRow>> = {
  name: 'feed_page',
  sql: `SELECT ${COLUMNS} FROM rm_feed.feed
    WHERE scope = ANY($1) AND position > $2 AND position <= $3 ORDER BY position LIMIT $4`,
  row: ChangeRow,
};
const PAGE_APART: ReadStatement<t.TypeOf<typeof ChangeRow>> = {
  name: 'feed_page_apart',
  sql: `SELECT f.* FROM unnest($1::text[]) AS s(scope) CROSS JOIN LATERAL (
      SELECT ${COLUMNS} FROM rm_feed.feed
      WHERE scope = s.scope AND position > $2 AND position <= $3 ORDER BY position LIMIT $4
    ) f ORDER BY f.position LIMIT $4`,
  row: ChangeRow,
};

const PlaceRow = t.type({ position: PositionText, mark: t.string });
const AT: ReadStatement<t.TypeOf<typeof PlaceRow>> = {
  name: 'feed_at',
  sql: 'SELECT position, mark FROM rm_feed.feed WHERE position = $1 LIMIT 1',
  row: PlaceRow,
};
const LAST: ReadStatement<t.TypeOf<typeof PlaceRow>> = {
  name: 'feed_last',
  sql: 'SELECT position, mark FROM rm_feed.feed WHERE position <= $1 ORDER BY position DESC LIMIT 1',
  row: PlaceRow,
};

const PositionRow = t.type({ position: PositionText });
const REMOVAL: ReadStatement<t.TypeOf<typeof PositionRow>> = {
  name: 'feed_removal',
  sql: `SELECT position FROM rm_feed.feed
    WHERE scope = $1 AND subject_id = $2 AND position > $3 AND position <= $4
      AND kind IN ('MemberLeft', 'MemberKicked', 'MemberBanned')
    ORDER BY position DESC LIMIT 1`,
  row: PositionRow,
};

const MissedRow = t.type({
  channel_id: ChannelId,
  last_message_id: t.union([MessageId, t.null]),
  last_position: t.union([PositionText, t.null]),
  unread: t.number,
  has_more: t.boolean,
});
// Newest first and bounded per channel, so that its price is that of the number of channels, however much was missed.
const MISSED: ReadStatement<t.TypeOf<typeof MissedRow>> = {
  name: 'feed_missed',
  sql: `SELECT c.channel_id, m.message_id AS last_message_id, p.position AS last_position,
      least(n.unread, ${UNREAD_MAX})::float8 AS unread,
      n.unread > ${UNREAD_MAX} OR n.looked_at >= ${LOOKED_AT_MAX} AS has_more
    FROM unnest($1::text[], $2::text[]) AS c(channel_id, scope)
    LEFT JOIN LATERAL (
      SELECT message_id FROM rm_messages.messages
      WHERE channel_id = c.channel_id ORDER BY message_id DESC LIMIT 1
    ) m ON true
    LEFT JOIN LATERAL (
      SELECT position FROM rm_feed.feed
      WHERE scope = c.scope AND position <= $4 ORDER BY position DESC LIMIT 1
    ) p ON true
    CROSS JOIN LATERAL (
      SELECT count(there.message_id) AS unread, count(*) AS looked_at
      FROM (
        SELECT kind, subject_id, actor FROM rm_feed.feed
        WHERE scope = c.scope AND position > $3 AND position <= $4
        ORDER BY position DESC LIMIT ${LOOKED_AT_MAX}
      ) f
      LEFT JOIN rm_messages.messages there
        ON f.kind = 'MessagePosted' AND f.actor <> $5 AND there.message_id = f.subject_id
    ) n`,
  row: MissedRow,
};

/** Reads the feed from its read model. */
export const createFeedReader = ({ query }: { readonly query: ReadModelQuery }): FeedReader => ({
  page: async ({ scopes, after, upTo, limit }) => {
    const statement = scopes.length <= SCOPES_APART_MAX ? PAGE_APART : PAGE;
    const rows = await query(statement, [scopes, after, upTo, limit]);
    return rows.map((row) => ({
      position: row.position,
      mark: row.mark,
      guildId: row.guild_id,
      channelId: row.channel_id,
      kind: row.kind,
      subjectId: row.subject_id,
      at: row.at,
    }));
  },
  markAt: async (position) => (await query(AT, [position]))[0]?.mark ?? null,
  lastUpTo: async (position) => (await query(LAST, [position]))[0] ?? null,
  lastRemoval: async ({ guildId, userId, after, upTo }) =>
    (await query(REMOVAL, [guildScope(guildId), userId, after, upTo]))[0]?.position ?? null,
  missed: async ({ channelIds, readerId, after, upTo }) => {
    const scopes = channelIds.map(channelScope);
    const rows = await query(MISSED, [channelIds, scopes, after, upTo, `user:${readerId}`]);
    return rows.map((row) => ({
      channelId: row.channel_id,
      lastMessageId: row.last_message_id,
      lastPosition: row.last_position,
      unread: row.unread,
      hasMore: row.has_more,
    }));
  },
});
