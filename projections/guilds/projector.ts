import { permissionsOf } from '../../domain/permission/permissions.ts';
import { type Recorded } from '../../application/event-store/event-store.ts';
import { type Projector } from '../projector.ts';
import {
  createRole,
  deleteRole,
  reorderRoles,
  restoreRole,
  targetKey,
  updateRole,
} from './role-rows.ts';
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
  CREATE TABLE {schema}.guilds (
    guild_id    text COLLATE "C" PRIMARY KEY,
    name        text COLLATE "C", -- Null once erased
    name_folded text COLLATE "C", -- Lower case, for search
    visibility  text COLLATE "C" NOT NULL,
    creator_id  text COLLATE "C" NOT NULL,
    created_at  bigint NOT NULL   -- Unix ms
  );
  CREATE TABLE {schema}.roles (
    guild_id    text COLLATE "C" NOT NULL,
    role_id     text COLLATE "C" NOT NULL,
    name        text COLLATE "C",
    position    integer NOT NULL,
    permissions integer NOT NULL, -- Bits (domain/permission/permissions.ts)
    system_key  text COLLATE "C",
    is_system   boolean NOT NULL,
    color_hex   text COLLATE "C",
    created_at  bigint NOT NULL,
    PRIMARY KEY (guild_id, role_id)
  );
  CREATE TABLE {schema}.channels (
    guild_id   text COLLATE "C" NOT NULL,
    channel_id text COLLATE "C" NOT NULL,
    name       text COLLATE "C",
    kind       text COLLATE "C" NOT NULL,
    created_at bigint NOT NULL,
    PRIMARY KEY (guild_id, channel_id)
  );
  CREATE TABLE {schema}.overrides (
    guild_id    text COLLATE "C" NOT NULL,
    channel_id  text COLLATE "C" NOT NULL,
    target_kind text COLLATE "C" NOT NULL,
    target_id   text COLLATE "C" NOT NULL,
    allow       integer NOT NULL,
    deny        integer NOT NULL,
    PRIMARY KEY (guild_id, channel_id, target_kind, target_id)
  );`;

const GUILD = insertKind('guilds', [
  ['guild_id', 'text'],
  ['name', 'text'],
  ['name_folded', 'text'],
  ['visibility', 'text'],
  ['creator_id', 'text'],
  ['created_at', 'bigint'],
]);
const RENAMED = updateKind('guilds', 1, [
  ['guild_id', 'text'],
  ['name', 'text'],
  ['name_folded', 'text'],
]);
const SHOWN = updateKind('guilds', 1, [
  ['guild_id', 'text'],
  ['visibility', 'text'],
]);
const CHANNEL = insertKind('channels', [
  ['guild_id', 'text'],
  ['channel_id', 'text'],
  ['name', 'text'],
  ['kind', 'text'],
  ['created_at', 'bigint'],
]);
const CHANNEL_GONE = deleteKind('channels', [
  ['guild_id', 'text'],
  ['channel_id', 'text'],
]);
const OVERRIDES_OF_CHANNEL_GONE = deleteKind('overrides', [
  ['guild_id', 'text'],
  ['channel_id', 'text'],
]);
const OVERRIDE_KEY = [
  ['guild_id', 'text'],
  ['channel_id', 'text'],
  ['target_kind', 'text'],
  ['target_id', 'text'],
] as const;
const OVERRIDE = superseding(
  replaceUnderKind('overrides', { parent: 'channels', parentKeys: 2, keys: 4 }, [
    ...OVERRIDE_KEY,
    ['allow', 'integer'],
    ['deny', 'integer'],
  ]),
);
const OVERRIDE_GONE = superseding(deleteKind('overrides', OVERRIDE_KEY));
// Not the database's folding, which differs from locale to locale and would make a rebuild elsewhere another table.
const folded = (name: string | null): string | null => name?.toLowerCase() ?? null;

const guildKey = (guildId: string): string => `guild:${guildId}`;
const channelKey = (guildId: string, channelId: string): string =>
  `channel:${guildId}:${channelId}`;
type Of<Type extends Recorded['type']> = Extract<Recorded, { type: Type }>['data'];

const updateGuild = (changes: RowChanges, data: Of<'GuildUpdated'>): void => {
  const { guildId, name, visibility } = data;
  const reads = guildKey(guildId);
  if (name !== undefined)
    changes.add(RENAMED, { key: `name:${guildId}`, reads, row: [guildId, name, folded(name)] });
  if (visibility !== undefined)
    changes.add(SHOWN, { key: `visibility:${guildId}`, reads, row: [guildId, visibility] });
};

const setOverride = (changes: RowChanges, data: Of<'ChannelOverrideSet'>): void => {
  const { guildId, channelId, target } = data;
  const targetId = target.kind === 'role' ? target.roleId : target.userId;
  const row = [guildId, channelId, target.kind, targetId];
  const key = `override:${row.join(':')}`;
  const reads = channelKey(guildId, channelId);
  const alsoReads = targetKey(guildId, target.kind, targetId);
  const allow = permissionsOf(data.allow);
  const deny = permissionsOf(data.deny);
  // An entry that says nothing is no entry.
  if ((allow | deny) === 0) changes.add(OVERRIDE_GONE, { key, reads, alsoReads, row });
  else changes.add(OVERRIDE, { key, reads, alsoReads, row: [...row, allow, deny] });
};

const removeChannel = (changes: RowChanges, { guildId, channelId }: Of<'ChannelRemoved'>): void => {
  const key = channelKey(guildId, channelId);
  const row = [guildId, channelId];
  // Both write the channel, which every change of its overrides reads.
  changes.add(CHANNEL_GONE, { key, row });
  changes.add(OVERRIDES_OF_CHANNEL_GONE, { key, row });
};

const TAKES = [
  'GuildCreated',
  'GuildUpdated',
  'RoleCreated',
  'RoleUpdated',
  'RolesReordered',
  'RoleDeleted',
  'RoleRestored',
  'ChannelCreated',
  'ChannelRemoved',
  'ChannelOverrideSet',
] as const;
type Taken = Extract<Recorded, { readonly type: (typeof TAKES)[number] }>;

const change = (changes: RowChanges, event: Taken): void => {
  switch (event.type) {
    case 'GuildCreated': {
      const { guildId, name, visibility, creatorId, at } = event.data;
      const row = [guildId, name, folded(name), visibility, creatorId, at];
      changes.add(GUILD, { key: guildKey(guildId), row });
      return;
    }
    case 'GuildUpdated':
      updateGuild(changes, event.data);
      return;
    case 'RoleCreated':
      createRole(changes, event.data);
      return;
    case 'RoleUpdated':
      updateRole(changes, event.data);
      return;
    case 'RolesReordered':
      reorderRoles(changes, event.data);
      return;
    case 'RoleDeleted':
      deleteRole(changes, event.data);
      return;
    case 'ChannelCreated': {
      const { guildId, channelId, name, kind, at } = event.data;
      const row = [guildId, channelId, name, kind, at];
      changes.add(CHANNEL, { key: channelKey(guildId, channelId), row });
      return;
    }
    case 'RoleRestored':
      restoreRole(changes, event.data);
      return;
    case 'ChannelRemoved':
      removeChannel(changes, event.data);
      return;
    case 'ChannelOverrideSet':
      setOverride(changes, event.data);
  }
};

/** The structure of guilds: what they are called, their roles, channels and overrides. */
export const guildsProjector: Projector = {
  name: 'guilds',
  version: 2,
  tables: ['guilds', 'roles', 'channels', 'overrides'],
  createTables: CREATE_TABLES,
  createIndexes: `
    CREATE INDEX guilds_public ON {schema}.guilds (guild_id DESC) WHERE visibility = 'public';
    CREATE INDEX overrides_target ON {schema}.overrides (guild_id, target_kind, target_id);`,
  keepSealed: [],
  ...projectByRows(TAKES, change),
};
