// What is heard of a guild, its channels, roles and overrides.
import {
  type Act,
  but,
  CHANNEL,
  CHANNEL_HEARERS,
  type EventRow,
  GUILD,
  GUILD_HEARERS,
  type Hearer,
  IN_CHANNEL,
  madeMessage,
  posting,
  presence,
  type Told,
} from './event-row.ts';

const BY_OWNER = { actor_user_id: '$ownerId' };
const UPDATED = { updated_at_unix: '$now', ...BY_OWNER };
const ROLE = `${GUILD}/roles/{made_role_id}`;
const OF_ROLE = { guild_id: '$guildId', role_id: '$made_role_id' };
const SEE_THE_CHANNEL = but(GUILD_HEARERS, 'blind');

const makingRole = (rest: object = {}): Act => ({
  by: 'owner',
  asks: `POST ${GUILD}/roles`,
  body: { name: 'a role', permissions: ['view_audit_log'], position: 5, ...rest },
});
const overriding = (
  target: string,
  allow: readonly string[],
  deny: readonly string[],
  channel = CHANNEL,
): Act => ({
  by: 'owner',
  asks: `POST ${channel}/permission-overrides/${target}`,
  body: { allow, deny },
});
const overridden = (
  target: object,
  allow: readonly string[],
  deny: readonly string[],
  to: readonly Hearer[] = SEE_THE_CHANNEL,
): Told => ({
  t: 'workspace_channel_permission_override_update',
  d: { ...IN_CHANNEL, ...target, updated_fields: { allow, deny }, ...UPDATED },
  to,
});
const toldGuild = (t: Told['t'], d: object, to = GUILD_HEARERS): Told => ({
  t,
  d: { guild_id: '$guildId', ...d },
  to,
});
const unsubscribed = (who: Hearer): Told => ({ t: 'unsubscribed', d: IN_CHANNEL, to: [who] });

const GUILD_ROWS: readonly EventRow[] = [
  {
    what: 'another name of the guild, and the same visibility as before',
    acts: [{ by: 'owner', asks: `PATCH ${GUILD}`, body: { name: 'Other', visibility: 'public' } }],
    told: [toldGuild('workspace_update', { updated_fields: { name: 'Other' }, ...UPDATED })],
  },
  {
    what: 'a new channel',
    acts: [{ by: 'owner', asks: `POST ${GUILD}/channels`, body: { name: 'new', kind: 'voice' } }],
    told: [
      toldGuild('channel_create', {
        channel: { channel_id: '$made_channel_id', name: 'new', kind: 'voice' },
      }),
    ],
  },
  {
    what: 'a new channel in a guild where only some see one without an override',
    before: [
      overriding('role/{everyoneRoleId}', ['create_message'], []),
      overriding('role/{everyoneRoleId}', ['create_message'], [], `${GUILD}/channels/{secondId}`),
      ...['everyone', 'member'].map((role) => ({
        by: 'server owner' as const, // Who alone may change @everyone
        asks: `PATCH ${GUILD}/roles/{${role}RoleId}`,
        body: { permissions: [] },
      })),
    ],
    acts: [{ by: 'owner', asks: `POST ${GUILD}/channels`, body: { name: 'new' } }],
    told: [
      toldGuild(
        'channel_create',
        { channel: { channel_id: '$made_channel_id', name: 'new', kind: 'text' } },
        ['owner', 'moderator', 'server owner'],
      ),
    ],
  },
];

const ROLE_ROWS: readonly EventRow[] = [
  {
    what: 'a new role',
    acts: [makingRole()],
    told: [
      toldGuild('workspace_role_create', {
        role: {
          role_id: '$made_role_id',
          name: 'a role',
          position: 5,
          is_system: false,
          permissions: ['view_audit_log'],
        },
        ...BY_OWNER,
      }),
    ],
  },
  {
    what: 'a new role with a colour',
    acts: [makingRole({ color_hex: '#a1b2c3' })],
    told: [
      toldGuild('workspace_role_create', {
        role: {
          role_id: '$made_role_id',
          name: 'a role',
          position: 5,
          is_system: false,
          permissions: ['view_audit_log'],
          color_hex: '#A1B2C3',
        },
        ...BY_OWNER,
      }),
    ],
  },
  {
    what: 'a changed role',
    before: [makingRole({ color_hex: '#a1b2c3' })],
    acts: [
      {
        by: 'owner',
        asks: `PATCH ${ROLE}`,
        body: { name: 'other', permissions: ['ban_member'], color_hex: null },
      },
    ],
    told: [
      toldGuild('workspace_role_update', {
        role_id: '$made_role_id',
        updated_fields: { name: 'other', permissions: ['ban_member'], color_hex: null },
        ...UPDATED,
      }),
    ],
  },
  {
    what: 'a deleted role',
    before: [makingRole()],
    acts: [{ by: 'owner', asks: `DELETE ${ROLE}` }],
    told: [
      toldGuild('workspace_role_delete', { ...OF_ROLE, deleted_at_unix: '$now', ...BY_OWNER }),
    ],
  },
  {
    what: 'another order of roles',
    before: [makingRole()],
    acts: [
      {
        by: 'owner',
        asks: `POST ${GUILD}/roles/reorder`,
        body: { role_ids: ['$made_role_id', '$moderatorRoleId'] },
      },
    ],
    told: [
      toldGuild('workspace_role_reorder', {
        role_ids: ['$made_role_id', '$moderatorRoleId'],
        ...UPDATED,
      }),
    ],
  },
  {
    what: 'a role given, and taken away',
    before: [makingRole()],
    acts: [
      { by: 'owner', asks: `POST ${ROLE}/members/{victimId}` },
      { by: 'owner', asks: `DELETE ${ROLE}/members/{victimId}` },
    ],
    told: [
      toldGuild('workspace_role_assignment_add', {
        ...OF_ROLE,
        user_id: '$victimId',
        assigned_at_unix: '$now',
        ...BY_OWNER,
      }),
      toldGuild('workspace_role_assignment_remove', {
        ...OF_ROLE,
        user_id: '$victimId',
        removed_at_unix: '$now',
        ...BY_OWNER,
      }),
    ],
  },
];

// The victim alone is left in the channel, by a role.
const ALONE_BY_A_ROLE: readonly Act[] = [
  makingRole({ permissions: [] }),
  { by: 'owner', asks: `POST ${ROLE}/members/{victimId}` },
  overriding('role/{made_role_id}', ['create_message'], []),
  overriding('role/{everyoneRoleId}', [], ['create_message']),
];
const STILL_THERE: readonly Hearer[] = ['owner', 'server owner', 'elsewhere', 'blind'];
const LOST: readonly Told[] = [
  unsubscribed('victim'),
  presence('victim', 'offline', STILL_THERE),
  { t: 'message_create', d: madeMessage('owner', 'hello'), to: ['owner', 'server owner'] },
];

const OVERRIDE_ROWS: readonly EventRow[] = [
  {
    what: 'an override of a seeded role, by its name',
    acts: [
      {
        by: 'owner',
        asks: `POST ${CHANNEL}/overrides/moderator`,
        body: { allow: ['publish_video'], deny: ['view_audit_log'] },
      },
    ],
    told: [
      {
        t: 'workspace_channel_role_override_update',
        d: {
          ...IN_CHANNEL,
          role: 'moderator',
          updated_fields: { allow: ['publish_video'], deny: ['view_audit_log'] },
          ...UPDATED,
        },
        to: SEE_THE_CHANNEL,
      },
    ],
  },
  {
    what: 'an override of a role',
    before: [makingRole()],
    acts: [overriding('role/{made_role_id}', ['publish_video'], [])],
    told: [overridden({ target_kind: 'role', target_id: '$made_role_id' }, ['publish_video'], [])],
  },
  {
    what: 'an override that takes a member’s channel away',
    acts: [overriding('member/{victimId}', [], ['create_message']), posting('member')],
    told: [
      overridden({ target_kind: 'member', target_id: '$victimId' }, [], ['create_message']),
      unsubscribed('victim'),
      presence('victim', 'offline', but(GUILD_HEARERS, 'victim')),
      {
        t: 'message_create',
        d: madeMessage('member', 'hello'),
        to: but(CHANNEL_HEARERS, 'victim'),
      },
    ],
  },
  {
    what: 'the loss of the role that let one see a channel',
    before: ALONE_BY_A_ROLE,
    acts: [{ by: 'owner', asks: `DELETE ${ROLE}/members/{victimId}` }, posting('owner')],
    told: [
      toldGuild(
        'workspace_role_assignment_remove',
        { ...OF_ROLE, user_id: '$victimId', removed_at_unix: '$now', ...BY_OWNER },
        [...STILL_THERE, 'victim'],
      ),
      ...LOST,
    ],
  },
  {
    what: 'the end of the role that let one see a channel',
    before: ALONE_BY_A_ROLE,
    acts: [{ by: 'owner', asks: `DELETE ${ROLE}` }, posting('owner')],
    told: [
      toldGuild('workspace_role_delete', { ...OF_ROLE, deleted_at_unix: '$now', ...BY_OWNER }, [
        ...STILL_THERE,
        'victim',
      ]),
      ...LOST,
    ],
  },
];

export const GUILD_EVENT_ROWS: readonly EventRow[] = [
  ...GUILD_ROWS,
  ...ROLE_ROWS,
  ...OVERRIDE_ROWS,
];
