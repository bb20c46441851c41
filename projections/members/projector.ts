import { type Recorded } from '../../application/event-store/event-store.ts';
import { type Projector } from '../projector.ts';
import {
  deleteKind,
  replaceKind,
  replaceUnderKind,
  projectByRows,
  type RowChanges,
  superseding,
} from '../row-changes.ts';

const CREATE_TABLES = `
  CREATE TABLE {schema}.memberships (
    guild_id  text COLLATE "C" NOT NULL,
    user_id   text COLLATE "C" NOT NULL,
    joined_at bigint NOT NULL, -- Unix ms
    PRIMARY KEY (guild_id, user_id)
  );
  -- Assigned roles; those that everyone or every member has are not repeated here.
  CREATE TABLE {schema}.member_roles (
    guild_id text COLLATE "C" NOT NULL,
    user_id  text COLLATE "C" NOT NULL,
    role_id  text COLLATE "C" NOT NULL,
    PRIMARY KEY (guild_id, user_id, role_id)
  );
  CREATE TABLE {schema}.bans (
    guild_id  text COLLATE "C" NOT NULL,
    user_id   text COLLATE "C" NOT NULL,
    banned_by text COLLATE "C" NOT NULL,
    banned_at bigint NOT NULL,
    PRIMARY KEY (guild_id, user_id)
  );`;

const MEMBER = [
  ['guild_id', 'text'],
  ['user_id', 'text'],
] as const;
const MEMBER_ROLE = [...MEMBER, ['role_id', 'text']] as const;

const JOINED = replaceKind('memberships', 2, [...MEMBER, ['joined_at', 'bigint']]);
const GONE = deleteKind('memberships', MEMBER);
const ALL_ROLES_GONE = deleteKind('member_roles', MEMBER);
const ROLE = superseding(
  replaceUnderKind('member_roles', { parent: 'memberships', parentKeys: 2, keys: 3 }, MEMBER_ROLE),
);
const ROLE_GONE = superseding(deleteKind('member_roles', MEMBER_ROLE));
const BANNED = superseding(
  replaceKind('bans', 2, [...MEMBER, ['banned_by', 'text'], ['banned_at', 'bigint']]),
);
const UNBANNED = superseding(deleteKind('bans', MEMBER));

const TAKES = [
  'MemberJoined',
  'MemberLeft',
  'MemberKicked',
  'MemberBanned',
  'MemberUnbanned',
  'MemberRoleAssigned',
  'MemberRoleUnassigned',
] as const;
type Taken = Extract<Recorded, { readonly type: (typeof TAKES)[number] }>;

const change = (changes: RowChanges, event: Taken): void => {
  switch (event.type) {
    case 'MemberJoined':
    case 'MemberLeft':
    case 'MemberKicked':
    case 'MemberBanned': {
      const { guildId, userId, by, at } = event.data;
      const row = [guildId, userId];
      const member = row.join(':');
      const joined = event.type === 'MemberJoined';
      if (joined) changes.add(JOINED, { key: member, row: [...row, at] });
      else changes.add(GONE, { key: member, row });
      changes.add(ALL_ROLES_GONE, { key: member, row });
      if (event.type === 'MemberBanned')
        changes.add(BANNED, { key: `ban:${member}`, row: [...row, by, at] });
      return;
    }
    case 'MemberUnbanned': {
      const { guildId, userId } = event.data;
      changes.add(UNBANNED, { key: `ban:${guildId}:${userId}`, row: [guildId, userId] });
      return;
    }
    case 'MemberRoleAssigned':
    case 'MemberRoleUnassigned': {
      const { guildId, userId, roleId } = event.data;
      const reads = `${guildId}:${userId}`;
      const kind = event.type === 'MemberRoleAssigned' ? ROLE : ROLE_GONE;
      changes.add(kind, { key: `${reads}:${roleId}`, reads, row: [guildId, userId, roleId] });
    }
  }
};

/** Who belongs to which guild, with which assigned roles, and who is barred. */
export const membersProjector: Projector = {
  name: 'members',
  version: 1,
  tables: ['memberships', 'member_roles', 'bans'],
  createTables: CREATE_TABLES,
  createIndexes: `
    CREATE INDEX memberships_user ON {schema}.memberships (user_id, guild_id);`,
  keepSealed: [],
  ...projectByRows(TAKES, change),
};
