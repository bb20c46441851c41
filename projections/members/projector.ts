import { type Recorded } from '../../application/event-store/event-store.ts';
import { type GuildId, type RoleId, type UserId } from '../../domain/shared/ids.ts';
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
  -- The reason stays sealed: a row says which event holds it, and has the box.
  CREATE TABLE {schema}.bans (
    guild_id      text COLLATE "C" NOT NULL,
    user_id       text COLLATE "C" NOT NULL,
    banned_by     text COLLATE "C" NOT NULL,
    banned_at     bigint NOT NULL,
    reason_box    text COLLATE "C",
    event_id      uuid NOT NULL,
    event_version smallint NOT NULL,
    PRIMARY KEY (guild_id, user_id)
  );
  -- Also of people who left: a timeout waits for them. Those whose time is up stay until the next one.
  CREATE TABLE {schema}.timeouts (
    guild_id  text COLLATE "C" NOT NULL,
    user_id   text COLLATE "C" NOT NULL,
    ends_at   bigint NOT NULL,
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
  replaceKind('bans', 2, [
    ...MEMBER,
    ['banned_by', 'text'],
    ['banned_at', 'bigint'],
    ['reason_box', 'text'],
    ['event_id', 'uuid'],
    ['event_version', 'smallint'],
  ]),
);
const UNBANNED = superseding(deleteKind('bans', MEMBER));
const TIMED_OUT = superseding(replaceKind('timeouts', 2, [...MEMBER, ['ends_at', 'bigint']]));
const TIMEOUT_LIFTED = superseding(deleteKind('timeouts', MEMBER));

const TAKES = [
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
] as const;
type Taken = Extract<Recorded, { readonly type: (typeof TAKES)[number] }>;

type Person = { readonly guildId: GuildId; readonly userId: UserId };

const timeoutKey = ({ guildId, userId }: Person): string => `timeout:${guildId}:${userId}`;

const setRole = (
  changes: RowChanges,
  { guildId, userId, roleId }: Person & { readonly roleId: RoleId },
  holds: boolean,
): void => {
  const reads = `${guildId}:${userId}`;
  const row = [guildId, userId, roleId];
  changes.add(holds ? ROLE : ROLE_GONE, { key: `${reads}:${roleId}`, reads, row });
};

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
      if (event.type === 'MemberBanned') {
        const { eventId, version } = event.meta;
        const { by: bannedBy, at: bannedAt } = event.data.original ?? { by, at };
        const ban = [...row, bannedBy, bannedAt, event.data.reason ?? null, eventId, version];
        changes.add(BANNED, { key: `ban:${member}`, row: ban });
      }
      return;
    }
    case 'MemberUnbanned': {
      const { guildId, userId } = event.data;
      changes.add(UNBANNED, { key: `ban:${guildId}:${userId}`, row: [guildId, userId] });
      return;
    }
    case 'MemberRestored': {
      const { guildId, userId, joinedAt, roleIds } = event.data;
      const member = `${guildId}:${userId}`;
      changes.add(JOINED, { key: member, row: [guildId, userId, joinedAt] });
      changes.add(ALL_ROLES_GONE, { key: member, row: [guildId, userId] });
      for (const roleId of roleIds) setRole(changes, { guildId, userId, roleId }, true);
      return;
    }
    case 'MemberRoleAssigned':
      setRole(changes, event.data, true);
      return;
    case 'MemberRoleUnassigned':
      setRole(changes, event.data, false);
      return;
    case 'MemberFixedRoleSet':
      setRole(changes, event.data, event.data.role === 'moderator');
      return;
    case 'MemberTimedOut': {
      const { guildId, userId, until } = event.data;
      changes.add(TIMED_OUT, { key: timeoutKey(event.data), row: [guildId, userId, until] });
      return;
    }
    case 'MemberTimeoutLifted': {
      const { guildId, userId } = event.data;
      changes.add(TIMEOUT_LIFTED, { key: timeoutKey(event.data), row: [guildId, userId] });
    }
  }
};

/** Who belongs to which guild, with which assigned roles, who is barred and who is silent until when. */
export const membersProjector: Projector = {
  name: 'members',
  version: 2,
  tables: ['memberships', 'member_roles', 'bans', 'timeouts'],
  createTables: CREATE_TABLES,
  createIndexes: `
    CREATE INDEX memberships_user ON {schema}.memberships (user_id, guild_id);
    CREATE INDEX member_roles_role ON {schema}.member_roles (guild_id, role_id, user_id);
    CREATE INDEX bans_newest ON {schema}.bans (guild_id, banned_at DESC, user_id DESC);`,
  keepSealed: ['MemberBanned.reason'],
  ...projectByRows(TAKES, change),
};
