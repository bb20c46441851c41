// What is heard when an operator erases an account: by whoever knew that person, connected or away.
import { type EventRow, GUILD, GUILD_HEARERS, type Hearer, IN_CHANNEL } from './event-row.ts';
import { OPENING, resuming } from './resume-event-rows.ts';

const SHARED_THE_GUILD: readonly Hearer[] = [...GUILD_HEARERS, 'opened'];

export const ERASURE_EVENT_ROWS: readonly EventRow[] = [
  {
    what: 'the erasing of an account, also to one who was away',
    before: [
      { by: 'doomed', asks: `POST ${GUILD}/join` },
      {
        by: 'doomed',
        asks: 'POST /friends/requests',
        body: { recipient_user_id: '$friendId' },
      },
      { by: 'friend', asks: 'POST /friends/requests/{made_request_id}/accept' },
      OPENING,
    ],
    acts: [{ runs: ['account', 'erase', '{doomedId}', '--yes'] }, resuming()],
    told: [
      {
        t: 'workspace_member_remove',
        d: {
          ...{ guild_id: '$guildId', user_id: '$doomedId', reason: 'leave' },
          ...{ removed_at_unix: '$now', actor_user_id: '$doomedId' },
        },
        to: SHARED_THE_GUILD,
      },
      {
        t: 'friend_remove',
        d: {
          ...{ user_id: '$friendId', friend_user_id: '$doomedId' },
          ...{ removed_at_unix: '$now', actor_user_id: '$doomedId' },
        },
        to: ['friend'],
      },
      {
        t: 'account_erased',
        d: { user_id: '$doomedId', erased_at_unix: '$now' },
        to: [...SHARED_THE_GUILD, 'friend'],
      },
      {
        t: 'resumed',
        // With the beacon's news, by which a scene settles before the act.
        d: { position: '$place', missed: 'replay', replayed: 3 },
        to: ['opened'],
      },
      {
        t: 'presence_sync',
        d: { guild_id: '$guildId', user_ids: '$online' },
        to: ['opened'],
      },
      {
        t: 'voice_participant_sync',
        d: { ...IN_CHANNEL, participants: [], synced_at_unix: '$now' },
        to: ['opened'],
      },
    ],
  },
];
