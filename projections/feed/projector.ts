// A row per change that somebody could see and for each circle of people it is told to: what gateways resume from. No
// content.
import { type Recorded } from '../../application/event-store/event-store.ts';
import {
  channelScope,
  guildScope,
  personScope,
  PROFILES_SCOPE,
  type FeedScope,
} from '../../application/feed/feed-reader.ts';
import { markOf } from '../../application/feed/place.ts';
import { type Projector } from '../projector.ts';
import { insertKind, projectByRows } from '../row-changes.ts';

const CREATE_TABLES = `
  CREATE TABLE {schema}.feed (
    position   text COLLATE "C" NOT NULL,
    scope      text COLLATE "C" NOT NULL, -- See feed-reader.ts
    mark       text COLLATE "C" NOT NULL, -- Of the event, see place.ts
    guild_id   text COLLATE "C",
    channel_id text COLLATE "C",
    kind       text COLLATE "C" NOT NULL, -- The event's type
    subject_id text COLLATE "C" NOT NULL, -- Of what changed: a message, channel, role, person or guild
    actor      text COLLATE "C" NOT NULL,
    at         bigint NOT NULL,           -- Unix ms
    PRIMARY KEY (position, scope)
  );`;

// The second is for the numbering of messages in the search index (search-repair.ts).
const CREATE_INDEXES = `
  CREATE INDEX feed_scope ON {schema}.feed (scope, position);
  CREATE INDEX feed_postings ON {schema}.feed (guild_id, position) WHERE kind IN ('MessagePosted', 'MessageRestored');`;

const CHANGE = insertKind('feed', [
  ['position', 'text'],
  ['scope', 'text'],
  ['mark', 'text'],
  ['guild_id', 'text'],
  ['channel_id', 'text'],
  ['kind', 'text'],
  ['subject_id', 'text'],
  ['actor', 'text'],
  ['at', 'bigint'],
]);

/** The events that sockets are told of. */
export const FEED_KINDS = [
  'GuildUpdated',
  'RoleCreated',
  'RoleUpdated',
  'RoleDeleted',
  'RoleRestored',
  'RolesReordered',
  'ChannelCreated',
  'ChannelRemoved',
  'ChannelOverrideSet',
  'MemberJoined',
  'MemberLeft',
  'MemberKicked',
  'MemberBanned',
  'MemberUnbanned',
  'MemberRoleAssigned',
  'MemberRoleUnassigned',
  'MemberFixedRoleSet',
  'MemberTimedOut',
  'MemberTimeoutLifted',
  'MemberRestored',
  'IpBansAdded',
  'IpBanLifted',
  'MessagePosted',
  'MessageEdited',
  'MessageDeleted',
  'MessageRestored',
  'ReactionAdded',
  'ReactionRemoved',
  'ProfileUpdated',
  'ProfilePictureChanged',
  'FriendRequested',
  'FriendRequestAccepted',
  'FriendRequestDeleted',
  'FriendRemoved',
] as const;

export type FeedEvent = Extract<Recorded, { type: (typeof FEED_KINDS)[number] }>;
type Row = {
  readonly scopes: readonly FeedScope[];
  readonly guildId: string | null;
  readonly channelId: string | null;
  readonly subjectId: string;
};

const nowhere = { guildId: null, channelId: null };

const inGuild = ({
  data: { guildId },
}: {
  data: { guildId: Parameters<typeof guildScope>[0] };
}) => ({
  scopes: [guildScope(guildId)],
  guildId,
  channelId: null,
});

/** Where a change is kept; exported for what keeps a feed in memory. */
export const feedRow = (event: FeedEvent): Row => {
  switch (event.type) {
    case 'GuildUpdated':
    case 'RolesReordered':
    case 'IpBansAdded':
    case 'IpBanLifted':
      return { ...inGuild(event), subjectId: event.data.guildId };
    case 'RoleCreated':
    case 'RoleUpdated':
    case 'RoleDeleted':
    case 'RoleRestored':
      return { ...inGuild(event), subjectId: event.data.roleId };
    case 'ChannelCreated': // Told in the guild, to those who may see the channel.
    case 'ChannelRemoved':
    case 'ChannelOverrideSet':
      return { ...inGuild(event), subjectId: event.data.channelId };
    case 'MemberJoined':
    case 'MemberLeft':
    case 'MemberKicked':
    case 'MemberBanned':
    case 'MemberUnbanned':
    case 'MemberRoleAssigned':
    case 'MemberRoleUnassigned':
    case 'MemberFixedRoleSet':
    case 'MemberTimedOut':
    case 'MemberTimeoutLifted':
    case 'MemberRestored':
      return { ...inGuild(event), subjectId: event.data.userId };
    case 'MessagePosted':
    case 'MessageEdited':
    case 'MessageDeleted':
    case 'MessageRestored':
    case 'ReactionAdded':
    case 'ReactionRemoved': {
      const { guildId, channelId, messageId } = event.data;
      return { scopes: [channelScope(channelId)], guildId, channelId, subjectId: messageId };
    }
    case 'ProfileUpdated':
    case 'ProfilePictureChanged':
      return { ...nowhere, scopes: [PROFILES_SCOPE], subjectId: event.data.userId };
    case 'FriendRequested':
    case 'FriendRequestAccepted':
    case 'FriendRequestDeleted': {
      const { senderId, recipientId, requestId } = event.data;
      const scopes = [personScope(senderId), personScope(recipientId)];
      return { ...nowhere, scopes, subjectId: requestId };
    }
    case 'FriendRemoved': {
      const { by, friendId } = event.data;
      return { ...nowhere, scopes: [personScope(by), personScope(friendId)], subjectId: friendId };
    }
  }
};

export const feedProjector: Projector = {
  name: 'feed',
  version: 4,
  tables: ['feed'],
  createTables: CREATE_TABLES,
  createIndexes: CREATE_INDEXES,
  keepSealed: [],
  ...projectByRows(FEED_KINDS, (changes, event) => {
    const { position, eventId, actor } = event.meta;
    const { scopes, guildId, channelId, subjectId } = feedRow(event);
    for (const scope of scopes) {
      const where = [guildId, channelId, event.type, subjectId, actor, event.data.at];
      changes.add(CHANGE, {
        key: `${position} ${scope}`,
        row: [position, scope, markOf(eventId), ...where],
      });
    }
  }),
};
