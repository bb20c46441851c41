// What is heard of people and their friends, wherever one has subscribed.
import { type Act, type EventRow, type Hearer, type PersonName, type Told } from './event-row.ts';
import { PICTURE } from './stage.ts';

/** The member, friends, and whoever shares a guild, subscribed in it or not; each once. */
const KNOW_THE_MEMBER: readonly Hearer[] = [
  'member',
  'member again',
  'friend',
  'owner',
  'moderator',
  'elsewhere',
  'blind',
  'idle',
  'victim',
];
const OF_MEMBER = { user_id: '$memberId', updated_at_unix: '$now' };
const patching = (body: object): Act => ({
  by: 'member',
  asks: 'PATCH /users/me/profile',
  body,
});
const profile = (updated_fields: object): Told => ({
  t: 'profile_update',
  d: { ...OF_MEMBER, updated_fields },
  to: KNOW_THE_MEMBER,
});
const picture = (kind: 'avatar' | 'banner'): EventRow => ({
  what: `another ${kind}`,
  acts: [{ by: 'member', asks: `POST /users/me/profile/${kind}`, bytes: PICTURE }],
  told: [
    {
      t: `profile_${kind}_update`,
      d: { ...OF_MEMBER, [`${kind}_version`]: '$now' },
      to: KNOW_THE_MEMBER,
    },
  ],
});

const ask = (by: PersonName, asks: string, body?: unknown): Act => ({
  by,
  asks,
  ...(body !== undefined && { body }),
});
const REQUEST = '/friends/requests/{made_request_id}';
const ASKING = ask('stranger', 'POST /friends/requests', {
  recipient_user_id: '$neighbourId',
});
const ACCEPTING = ask('neighbour', `POST ${REQUEST}/accept`);
const ENDING = ask('neighbour', 'DELETE /friends/{strangerId}');
const BOTH = [
  ['stranger', 'neighbour'],
  ['neighbour', 'stranger'],
] as const;
const deleted = (actor: PersonName): Told => ({
  t: 'friend_request_delete',
  d: {
    request_id: '$made_request_id',
    deleted_at_unix: '$now',
    actor_user_id: `$${actor}Id`,
  },
  to: ['stranger', 'neighbour'],
});

export const PEOPLE_EVENT_ROWS: readonly EventRow[] = [
  {
    what: 'another name',
    acts: [patching({ username: 'another.name' })],
    told: [profile({ username: 'another.name' })],
  },
  {
    what: 'another text about oneself',
    acts: [patching({ about_markdown: '`me`' })],
    told: [
      profile({
        about_markdown: '`me`',
        about_markdown_tokens: [
          { type: 'paragraph_start' },
          { type: 'code', code: 'me' },
          { type: 'paragraph_end' },
        ],
      }),
    ],
  },
  picture('avatar'),
  picture('banner'),
  {
    what: 'a request to be friends, declined',
    acts: [ASKING, ask('neighbour', `DELETE ${REQUEST}`)],
    told: [
      {
        t: 'friend_request_create',
        d: {
          request_id: '$made_request_id',
          sender_user_id: '$strangerId',
          sender_username: 'stranger',
          recipient_user_id: '$neighbourId',
          recipient_username: 'neighbour',
          created_at_unix: '$now',
        },
        to: ['stranger', 'neighbour'],
      },
      deleted('neighbour'),
    ],
  },
  {
    what: 'a request withdrawn',
    before: [ASKING],
    acts: [ask('stranger', `DELETE ${REQUEST}`)],
    told: [deleted('stranger')],
  },
  {
    what: 'a request accepted, and the friendship ended',
    before: [ASKING],
    acts: [ACCEPTING, ENDING],
    told: [
      ...BOTH.map(([receiver, other]): Told => ({
        t: 'friend_request_update',
        d: {
          request_id: '$made_request_id',
          state: 'accepted',
          user_id: `$${receiver}Id`,
          friend_user_id: `$${other}Id`,
          friend_username: other,
          friendship_created_at_unix: '$now',
          updated_at_unix: '$now',
          actor_user_id: '$neighbourId',
        },
        to: [receiver],
      })),
      ...BOTH.map(([receiver, other]): Told => ({
        t: 'friend_remove',
        d: {
          user_id: `$${receiver}Id`,
          friend_user_id: `$${other}Id`,
          removed_at_unix: '$now',
          actor_user_id: '$neighbourId',
        },
        to: [receiver],
      })),
    ],
  },
];
