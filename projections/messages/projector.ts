// Texts stay sealed here (docs/decisions/sealed-read-model.md): a row says which event holds its text, and has the box.
import { type Recorded } from '../../application/event-store/event-store.ts';
import { type Projector } from '../projector.ts';
import {
  deleteKind,
  insertKind,
  replaceUnderKind,
  projectByRows,
  type RowChanges,
  superseding,
  updateKind,
} from '../row-changes.ts';

const CREATE_TABLES = `
  CREATE TABLE {schema}.messages (
    message_id            text COLLATE "C" PRIMARY KEY,
    guild_id              text COLLATE "C" NOT NULL,
    channel_id            text COLLATE "C" NOT NULL,
    author_id             text COLLATE "C" NOT NULL,
    posted_at             bigint NOT NULL, -- Unix ms
    content_box           text COLLATE "C",
    content_event_id      uuid NOT NULL,
    content_event_type    text COLLATE "C" NOT NULL,
    content_event_version smallint NOT NULL
  );
  CREATE TABLE {schema}.reactions (
    message_id text COLLATE "C" NOT NULL,
    emoji      text COLLATE "C" NOT NULL,
    user_id    text COLLATE "C" NOT NULL,
    PRIMARY KEY (message_id, emoji, user_id)
  );`;

const CONTENT = [
  ['content_box', 'text'],
  ['content_event_id', 'uuid'],
  ['content_event_type', 'text'],
  ['content_event_version', 'smallint'],
] as const;
const REACTION = [
  ['message_id', 'text'],
  ['emoji', 'text'],
  ['user_id', 'text'],
] as const;

const POSTED = insertKind('messages', [
  ['message_id', 'text'],
  ['guild_id', 'text'],
  ['channel_id', 'text'],
  ['author_id', 'text'],
  ['posted_at', 'bigint'],
  ...CONTENT,
]);
const EDITED = updateKind('messages', 1, [['message_id', 'text'], ...CONTENT]);
const GONE = deleteKind('messages', [['message_id', 'text']]);
const ALL_REACTIONS_GONE = deleteKind('reactions', [['message_id', 'text']]);
const REACTED = superseding(
  replaceUnderKind('reactions', { parent: 'messages', parentKeys: 1, keys: 3 }, REACTION),
);
const REACTION_GONE = superseding(deleteKind('reactions', REACTION));

const TAKES = [
  'MessagePosted',
  'MessageRestored',
  'MessageEdited',
  'MessageDeleted',
  'ReactionAdded',
  'ReactionRemoved',
] as const;
type Taken = Extract<Recorded, { readonly type: (typeof TAKES)[number] }>;

const change = (changes: RowChanges, event: Taken): void => {
  switch (event.type) {
    case 'MessagePosted':
    case 'MessageRestored': {
      const { messageId, guildId, channelId, authorId, content } = event.data;
      const at = event.type === 'MessagePosted' ? event.data.at : event.data.postedAt;
      const { eventId, version } = event.meta;
      changes.add(POSTED, {
        key: messageId,
        row: [messageId, guildId, channelId, authorId, at, content, eventId, event.type, version],
      });
      return;
    }
    case 'MessageEdited': {
      const { messageId, content } = event.data;
      const { eventId, version } = event.meta;
      changes.add(EDITED, {
        key: `content:${messageId}`,
        reads: messageId,
        row: [messageId, content, eventId, event.type, version],
      });
      return;
    }
    case 'MessageDeleted': {
      const { messageId } = event.data;
      changes.add(GONE, { key: messageId, row: [messageId] });
      changes.add(ALL_REACTIONS_GONE, { key: messageId, row: [messageId] });
      return;
    }
    case 'ReactionAdded':
    case 'ReactionRemoved': {
      const { messageId, userId, emoji } = event.data;
      if (emoji === null) return; // Erased together with its message.
      const row = [messageId, emoji, userId];
      const kind = event.type === 'ReactionAdded' ? REACTED : REACTION_GONE;
      changes.add(kind, { key: row.join(':'), reads: messageId, row });
    }
  }
};

/** Messages that are there, and who reacted to them how. */
export const messagesProjector: Projector = {
  name: 'messages',
  version: 1,
  tables: ['messages', 'reactions'],
  createTables: CREATE_TABLES,
  createIndexes: `
    CREATE UNIQUE INDEX messages_channel ON {schema}.messages (channel_id, message_id DESC);`,
  keepSealed: ['MessagePosted.content', 'MessageEdited.content', 'MessageRestored.content'],
  ...projectByRows(TAKES, change),
};
