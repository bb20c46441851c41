// What is heard of people coming to a guild, leaving it, and being kept out.
import {
  type Act,
  but,
  CHANNEL_HEARERS,
  type EventRow,
  GUILD,
  GUILD_HEARERS,
  madeMessage,
  posting,
  presence,
  type PersonName,
  type Told,
} from './event-row.ts';

const MEMBER = `${GUILD}/members`;
const told = (t: Told['t'], d: object, to = GUILD_HEARERS): Told => ({
  t,
  d: { guild_id: '$guildId', ...d },
  to,
});
const asking = (by: PersonName, asks: string, body?: unknown): Act => ({
  by,
  asks,
  ...(body !== undefined && { body }),
});
const removed = (who: string, reason: string, by: string): Told =>
  told('workspace_member_remove', {
    user_id: `$${who}Id`,
    reason,
    removed_at_unix: '$now',
    actor_user_id: `$${by}Id`,
  });
const banned = (who: string): Told =>
  told('workspace_member_ban', {
    user_id: `$${who}Id`,
    banned_at_unix: '$now',
    actor_user_id: '$moderatorId',
  });
const added = (actor: string): Told =>
  told('workspace_member_add', {
    user_id: '$newcomerId',
    role: 'member',
    joined_at_unix: '$now',
    actor_user_id: `$${actor}Id`,
  });

// After a removal, a post and a change of the guild are heard by everyone but the victim.
const AFTERWARDS: readonly Act[] = [
  posting('member'),
  asking('owner', `PATCH ${GUILD}`, { name: 'Other' }),
];
const WITHOUT_THE_VICTIM: readonly Told[] = [
  presence('victim', 'offline', but(GUILD_HEARERS, 'victim')),
  {
    t: 'message_create',
    d: madeMessage('member', 'hello'),
    to: but(CHANNEL_HEARERS, 'victim'),
  },
  told(
    'workspace_update',
    {
      updated_fields: { name: 'Other' },
      updated_at_unix: '$now',
      actor_user_id: '$ownerId',
    },
    but(GUILD_HEARERS, 'victim'),
  ),
];

const timedOut = (until: unknown): Told =>
  told('workspace_member_timeout_update', {
    user_id: '$victimId',
    timed_out_until_unix: until,
    updated_at_unix: '$now',
    actor_user_id: '$moderatorId',
  });
const TIMING_OUT = asking('moderator', `POST ${MEMBER}/{victimId}/timeout`, {
  until_unix: '$inAnHour',
});

const ipBans = (action: 'upsert' | 'remove'): Told =>
  told('workspace_ip_ban_sync', {
    summary: { action, changed_count: 1 },
    updated_at_unix: '$now',
    actor_user_id: '$moderatorId',
  });
const BARRING = asking('moderator', `POST ${GUILD}/ip-bans/by-user`, {
  target_user_id: '$spareId',
});

export const MEMBER_EVENT_ROWS: readonly EventRow[] = [
  { what: 'a join', acts: [asking('newcomer', `POST ${GUILD}/join`)], told: [added('newcomer')] },
  {
    what: 'a person added, whose first role is part of that',
    before: [
      asking('owner', `POST ${GUILD}/roles`, { name: 'first', permissions: [], position: 2 }),
      asking('owner', `POST ${GUILD}/roles/default`, { role_id: '$made_role_id' }),
    ],
    acts: [asking('moderator', `POST ${MEMBER}/{newcomerId}`)],
    told: [added('moderator')],
  },
  {
    what: 'a join of one who is a member',
    acts: [asking('member', `POST ${GUILD}/join`), asking('banned', `POST ${GUILD}/join`)],
    told: [],
  },
  {
    what: 'another fixed role',
    acts: [asking('owner', `PATCH ${MEMBER}/{victimId}`, { role: 'moderator' })],
    told: [
      told('workspace_member_update', {
        user_id: '$victimId',
        updated_fields: { role: 'moderator' },
        updated_at_unix: '$now',
        actor_user_id: '$ownerId',
      }),
    ],
  },
  {
    what: 'a kick: the removal, and nothing after it',
    acts: [asking('moderator', `POST ${MEMBER}/{victimId}/kick`), ...AFTERWARDS],
    told: [removed('victim', 'kick', 'moderator'), ...WITHOUT_THE_VICTIM],
  },
  {
    what: 'a ban: the ban, the removal, and nothing after it',
    acts: [asking('moderator', `POST ${MEMBER}/{victimId}/ban`), ...AFTERWARDS],
    told: [banned('victim'), removed('victim', 'ban', 'moderator'), ...WITHOUT_THE_VICTIM],
  },
  {
    what: 'a leave: the removal, and nothing after it',
    acts: [asking('victim', `DELETE ${MEMBER}/me`), ...AFTERWARDS],
    told: [removed('victim', 'leave', 'victim'), ...WITHOUT_THE_VICTIM],
  },
  {
    what: 'a kick of one who listens to nothing',
    acts: [asking('moderator', `POST ${MEMBER}/{idleId}/kick`)],
    told: [removed('idle', 'kick', 'moderator')],
  },
  {
    what: 'a ban of one who is no member',
    acts: [asking('moderator', `POST ${MEMBER}/{strangerId}/ban`)],
    told: [banned('stranger'), removed('stranger', 'ban', 'moderator')],
  },
  {
    what: 'the end of a ban, of which the person hears nothing',
    acts: [asking('moderator', `DELETE ${GUILD}/bans/{bannedId}`)],
    told: [
      told('workspace_member_unban', {
        user_id: '$bannedId',
        unbanned_at_unix: '$now',
        actor_user_id: '$moderatorId',
      }),
    ],
  },
  {
    what: 'a timeout, during which one still listens',
    acts: [TIMING_OUT, posting('member')],
    told: [
      timedOut('$inAnHour'),
      { t: 'message_create', d: madeMessage('member', 'hello'), to: CHANNEL_HEARERS },
    ],
  },
  {
    what: 'a timeout’s end before its time',
    before: [TIMING_OUT],
    acts: [asking('moderator', `DELETE ${MEMBER}/{victimId}/timeout`)],
    told: [timedOut(null)],
  },
  {
    what: 'addresses barred, never which',
    acts: [BARRING],
    told: [ipBans('upsert')],
  },
  {
    what: 'an address let in again',
    before: [BARRING],
    acts: [asking('moderator', `DELETE ${GUILD}/ip-bans/{made_ban_ids}`)],
    told: [ipBans('remove')],
  },
];
