import { map } from 'fp-ts/lib/Either.js';
import * as t from 'io-ts';
import { Message, MessagePage, Reaction } from '../../application/contract/answers.ts';
import { closed } from '../../application/contract/closed.ts';
import { type DeleteMessage } from '../../application/message/delete-message.ts';
import { type EditMessage } from '../../application/message/edit-message.ts';
import { type ListMessages } from '../../application/message/list-messages.ts';
import { type PostMessage } from '../../application/message/post-message.ts';
import { type ReactToMessage } from '../../application/message/react-to-message.ts';
import { channelId, guildId, messageId, text } from './path-params.ts';
import { IntegerParam } from './query-params.ts';
import { route, type Route } from './route.ts';

export type MessageRoutesPorts = {
  readonly postMessage: PostMessage;
  readonly listMessages: ListMessages;
  readonly editMessage: EditMessage;
  readonly deleteMessage: DeleteMessage;
  readonly addReaction: ReactToMessage;
  readonly removeReaction: ReactToMessage;
};

const MESSAGES = '/guilds/:guildId/channels/:channelId/messages';
const MESSAGE = `${MESSAGES}/:messageId`;
const REACTION = `${MESSAGE}/reactions/:emoji`;

const conversation = (ports: MessageRoutesPorts): readonly Route[] => [
  route({
    method: 'POST',
    url: MESSAGES,
    auth: 'bearer',
    guardsAddress: true,
    summary: 'Posts a message.',
    answer: Message,
    failures: ['forbidden', 'not_found'],
    params: { guildId, channelId },
    body: closed({ content: t.string }, { attachment_ids: t.readonlyArray(t.string) }),
    handle: async ({ identity, params, body, idempotencyKey, context }) => {
      const { content, attachment_ids: attachmentIds = [] } = body;
      return ports.postMessage({
        by: identity.userId,
        ...params,
        content,
        attachmentIds,
        idempotencyKey,
        context,
      });
    },
  }),
  route({
    method: 'GET',
    url: MESSAGES,
    auth: 'bearer',
    guardsAddress: true,
    summary: 'A page of messages, newest first; `before` is the last message of the page before.',
    answer: MessagePage,
    failures: ['forbidden'],
    params: { guildId, channelId },
    query: t.partial({ limit: IntegerParam, before: t.string }),
    handle: async ({ identity, params, query: { limit, before } }) =>
      map((answer) => ({ answer, position: null }))(
        await ports.listMessages({ by: identity.userId, ...params, limit, before }),
      ),
  }),
];

const changes = (ports: MessageRoutesPorts): readonly Route[] => [
  route({
    method: 'PATCH',
    url: MESSAGE,
    auth: 'bearer',
    guardsAddress: true,
    summary: 'Changes a message’s text.',
    answer: Message,
    failures: ['forbidden', 'not_found'],
    params: { guildId, channelId, messageId },
    body: closed({ content: t.string }, {}),
    handle: ({ identity, params, body, idempotencyKey, context }) =>
      ports.editMessage({ by: identity.userId, ...params, ...body, idempotencyKey, context }),
  }),
  route({
    method: 'DELETE',
    url: MESSAGE,
    auth: 'bearer',
    guardsAddress: true,
    summary: 'Deletes a message and erases its text.',
    answer: null,
    failures: ['forbidden', 'not_found'],
    status: 204,
    params: { guildId, channelId, messageId },
    handle: ({ identity, params, idempotencyKey, context }) =>
      ports.deleteMessage({ by: identity.userId, ...params, idempotencyKey, context }),
  }),
  route({
    method: 'POST',
    url: REACTION,
    auth: 'bearer',
    guardsAddress: true,
    summary: 'Adds your reaction.',
    answer: Reaction,
    failures: ['forbidden', 'quota_exceeded'],
    params: { guildId, channelId, messageId, emoji: text },
    handle: ({ identity, params, context }) =>
      ports.addReaction({ by: identity.userId, ...params, context }),
  }),
  route({
    method: 'DELETE',
    url: REACTION,
    auth: 'bearer',
    guardsAddress: true,
    summary: 'Takes your reaction back.',
    answer: Reaction,
    failures: ['forbidden'],
    params: { guildId, channelId, messageId, emoji: text },
    handle: ({ identity, params, context }) =>
      ports.removeReaction({ by: identity.userId, ...params, context }),
  }),
];

/** Messages and reactions (base contract 2.8). */
export const messageRoutes = (ports: MessageRoutesPorts): readonly Route[] => [
  ...conversation(ports),
  ...changes(ports),
];
