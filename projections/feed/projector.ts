// A row per change that somebody could see: what a gateway resumes from. No content.
import { type Recorded } from '../../application/event-store/event-store.ts';
import { type Projector } from '../projector.ts';
import { insertKind, projectByRows } from '../row-changes.ts';

const CREATE_TABLES = `
  CREATE TABLE {schema}.feed (
    position   text COLLATE "C" PRIMARY KEY,
    guild_id   text COLLATE "C" NOT NULL,
    channel_id text COLLATE "C",          -- Null: concerns the whole guild
    kind       text COLLATE "C" NOT NULL, -- The event's type
    subject_id text COLLATE "C" NOT NULL, -- Of what changed: a message, channel, role, member or guild
    actor      text COLLATE "C" NOT NULL
  );`;

const CHANGE = insertKind('feed', [
  ['position', 'text'],
  ['guild_id', 'text'],
  ['channel_id', 'text'],
  ['kind', 'text'],
  ['subject_id', 'text'],
  ['actor', 'text'],
]);

const TAKES = [
  'GuildUpdated',
  'RoleCreated',
  'RoleUpdated',
  'RoleDeleted',
  'RolesReordered',
  'ChannelCreated',
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
  'MessagePosted',
  'MessageEdited',
  'MessageDeleted',
  'ReactionAdded',
  'ReactionRemoved',
] as const;

type Visible = Extract<Recorded, { type: (typeof TAKES)[number] }>;
type Place = readonly [channelId: string | null, subjectId: string];

const placeOf = (event: Visible): Place => {
  switch (event.type) {
    case 'GuildUpdated':
    case 'RolesReordered':
      return [null, event.data.guildId];
    case 'RoleCreated':
    case 'RoleUpdated':
    case 'RoleDeleted':
      return [null, event.data.roleId];
    case 'ChannelCreated': // To the whole guild (base contract 2.6).
      return [null, event.data.channelId];
    case 'ChannelOverrideSet':
      return [event.data.channelId, event.data.channelId];
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
      return [null, event.data.userId];
    case 'MessagePosted':
    case 'MessageEdited':
    case 'MessageDeleted':
    case 'ReactionAdded':
    case 'ReactionRemoved':
      return [event.data.channelId, event.data.messageId];
  }
};

export const feedProjector: Projector = {
  name: 'feed',
  version: 2,
  tables: ['feed'],
  createTables: CREATE_TABLES,
  createIndexes: 'CREATE INDEX feed_guild ON {schema}.feed (guild_id, position);',
  keepSealed: [],
  ...projectByRows(TAKES, (changes, event) => {
    const { position, actor } = event.meta;
    const [channelId, subjectId] = placeOf(event);
    const row = [position, event.data.guildId, channelId, event.type, subjectId, actor];
    changes.add(CHANGE, { key: position, row });
  }),
};
