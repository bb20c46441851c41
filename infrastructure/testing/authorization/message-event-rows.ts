// What is heard of messages, and of the gateway's own operations and answers.
import {
  but,
  CHANNEL,
  CHANNEL_HEARERS,
  type EventRow,
  GUILD_HEARERS,
  IN_CHANNEL,
  madeMessage,
  posting,
  presence,
  tokensOf,
  type Told,
} from './event-row.ts';

const MESSAGE = `${CHANNEL}/messages/{made_message_id}`;
const REACTION = `${MESSAGE}/reactions/%F0%9F%8E%89`;
const IN_MESSAGE = { ...IN_CHANNEL, message_id: '$made_message_id' };
const ATTACHMENT = {
  attachment_id: '$made_attachment_id',
  ...IN_CHANNEL,
  owner_id: '$memberId',
  filename: 'a.txt',
  mime_type: 'text/plain; charset=utf-8',
  size_bytes: 5,
  sha256_hex: '2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824',
};

const created = (d: unknown): Told => ({ t: 'message_create', d, to: CHANNEL_HEARERS });
const reaction = (operation: 'add' | 'remove', count: number): Told => ({
  t: 'message_reaction',
  d: {
    ...IN_MESSAGE,
    emoji: '🎉',
    count,
    operation,
    actor_user_id: '$victimId',
  },
  to: CHANNEL_HEARERS,
});

export const MESSAGE_EVENT_ROWS: readonly EventRow[] = [
  {
    what: 'a post',
    acts: [posting('member')],
    told: [created(madeMessage('member', 'hello'))],
  },
  {
    what: 'a post of a file alone',
    before: [{ by: 'member', asks: `POST ${CHANNEL}/attachments?filename=a.txt`, bytes: 'hello' }],
    acts: [
      {
        by: 'member',
        asks: `POST ${CHANNEL}/messages`,
        body: { content: '', attachment_ids: ['$made_attachment_id'] },
      },
    ],
    told: [created(madeMessage('member', '', [ATTACHMENT]))],
  },
  {
    what: 'an edit by the author',
    before: [posting('member')],
    acts: [{ by: 'member', asks: `PATCH ${MESSAGE}`, body: { content: 'other' } }],
    told: [
      {
        t: 'message_update',
        d: {
          ...IN_MESSAGE,
          updated_fields: { content: 'other', markdown_tokens: tokensOf('other') },
          updated_at_unix: '$now',
        },
        to: CHANNEL_HEARERS,
      },
    ],
  },
  {
    what: 'a deletion by a moderator',
    before: [posting('member')],
    acts: [{ by: 'moderator', asks: `DELETE ${MESSAGE}` }],
    told: [
      { t: 'message_delete', d: { ...IN_MESSAGE, deleted_at_unix: '$now' }, to: CHANNEL_HEARERS },
    ],
  },
  {
    what: 'a reaction, and its end',
    before: [posting('member')],
    acts: [
      { by: 'victim', asks: `POST ${REACTION}` },
      { by: 'victim', asks: `DELETE ${REACTION}` },
    ],
    told: [reaction('add', 1), reaction('remove', 0)],
  },
  {
    what: 'a reaction asked for again',
    before: [posting('member')],
    acts: [
      { by: 'victim', asks: `POST ${REACTION}` },
      { by: 'victim', asks: `POST ${REACTION}` },
    ],
    told: [reaction('add', 1), reaction('add', 1)],
  },
  {
    what: 'the end of a reaction asked for again',
    before: [posting('member'), { by: 'victim', asks: `POST ${REACTION}` }],
    acts: [
      { by: 'victim', asks: `DELETE ${REACTION}` },
      { by: 'victim', asks: `DELETE ${REACTION}` },
    ],
    told: [reaction('remove', 0), reaction('remove', 0)],
  },
  {
    what: 'a reaction asked for again by one who may no longer, or to what is gone',
    before: [
      posting('member'),
      { by: 'victim', asks: `POST ${REACTION}` },
      { by: 'member', asks: `DELETE ${MESSAGE}` },
    ],
    acts: [
      { by: 'stranger', asks: `POST ${REACTION}` },
      { by: 'blind', asks: `DELETE ${REACTION}` },
      { by: 'victim', asks: `POST ${REACTION}` },
      { by: 'victim', asks: `DELETE ${REACTION}` },
    ],
    told: [],
  },
  {
    what: 'a post to a channel that one can’t see',
    acts: [posting('blind')],
    told: [],
  },
];

const voiceSync = (to: Told['to']): Told => ({
  t: 'voice_participant_sync',
  d: { ...IN_CHANNEL, participants: [], synced_at_unix: '$now' },
  to,
});
const online = (to: 'idle' | 'member again'): Told => ({
  t: 'presence_sync',
  d: { guild_id: '$guildId', user_ids: to === 'idle' ? '$onlineWithIdle' : '$online' },
  to: [to],
});
const failed = (to: 'member' | 'stranger', error: string): Told => ({
  t: 'command_failed',
  d: { nonce: 'n', error },
  to: [to],
});

export const CONNECTION_EVENT_ROWS: readonly EventRow[] = [
  {
    what: 'a new socket',
    acts: [{ by: 'member', opens: 'a socket' }],
    told: [{ t: 'ready', d: { user_id: '$memberId' }, to: ['opened'] }],
  },
  {
    what: 'a first subscribe',
    acts: [{ by: 'idle', sends: 'subscribe', d: IN_CHANNEL }],
    told: [
      online('idle'),
      presence('idle', 'online', [...GUILD_HEARERS, 'idle']),
      { t: 'subscribed', d: IN_CHANNEL, to: ['idle'] },
      voiceSync(['idle']),
    ],
  },
  {
    what: 'a repeated subscribe',
    acts: [{ by: 'member again', sends: 'subscribe', d: IN_CHANNEL }],
    told: [
      online('member again'),
      { t: 'subscribed', d: IN_CHANNEL, to: ['member again'] },
      voiceSync(['member again']),
    ],
  },
  ...(['blind', 'banned', 'kicked', 'gone', 'neighbour', 'stranger', 'friend'] as const).map(
    (by) => ({
      what: `a subscribe by one who may not (${by})`,
      acts: [{ by, sends: 'subscribe' as const, d: IN_CHANNEL }, posting('member')],
      told: [created(madeMessage('member', 'hello'))],
    }),
  ),
  {
    what: 'the end of a person’s last socket',
    acts: [{ by: 'victim', closes: 'the socket' }],
    told: [presence('victim', 'offline', but(GUILD_HEARERS, 'victim'))],
  },
  {
    what: 'the end of one socket of two',
    acts: [{ by: 'member again', closes: 'the socket' }, posting('member')],
    told: [
      {
        ...created(madeMessage('member', 'hello')),
        to: but(CHANNEL_HEARERS, 'member again'),
      },
    ],
  },
  {
    what: 'a post over the gateway',
    acts: [
      {
        by: 'member',
        sends: 'message_create',
        d: { ...IN_CHANNEL, content: 'hello', nonce: 'n' },
      },
    ],
    told: [
      created({ ...madeMessage('member', 'hello'), message_id: '$any' }),
      {
        t: 'command_done',
        d: { nonce: 'n', message: { ...madeMessage('member', 'hello'), message_id: '$any' } },
        to: ['member'],
        whenever: true, // The author may be answered before or after all hear of it.
      },
    ],
  },
  {
    what: 'an impossible post over the gateway',
    acts: [
      { by: 'member', sends: 'message_create', d: { ...IN_CHANNEL, content: '', nonce: 'n' } },
    ],
    told: [failed('member', 'invalid_request')],
  },
  {
    what: 'a forbidden post over the gateway',
    acts: [
      { by: 'stranger', sends: 'message_create', d: { ...IN_CHANNEL, content: 'x', nonce: 'n' } },
    ],
    told: [failed('stranger', 'forbidden')],
  },
];
