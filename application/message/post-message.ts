// The hot path: authorized over cached state, written to a stream of its own, answered from its own event. It reads
// nothing from the log or a database, unless it has attachments.
import { isLeft, left, right, type Either } from 'fp-ts/lib/Either.js';
import * as t from 'io-ts';
import { isMessageContent } from '../../domain/message/content.ts';
import { MESSAGE_EVENTS } from '../../domain/message/events.ts';
import { messageDecider } from '../../domain/message/decider.ts';
import { MessageId, type ChannelId, type GuildId, type UserId } from '../../domain/shared/ids.ts';
import { type Timestamp } from '../../domain/shared/timestamp.ts';
import { evolveWith, foldAll } from '../access/folded-streams.ts';
import { type GuildAccess } from '../access/guild-access.ts';
import { type AttachmentsOfMessages } from '../attachment/claim-attachments.ts';
import { type Message } from '../contract/answers.ts';
import { type CommandContext, type EventStore } from '../event-store/event-store.ts';
import { appendFailure } from '../execute.ts';
import { INVALID, type Failure } from '../failure.ts';
import { readResult, reserve } from '../idempotency.ts';
import { type Limits } from '../limits.ts';
import { type Clock, type Done, type NewId } from '../ports.ts';
import { messageAnswer } from './message-answer.ts';
import { type MessageContents } from './message-contents.ts';
import { messageStream } from './message-streams.ts';

export type PostMessage = (request: {
  readonly by: UserId;
  readonly guildId: GuildId;
  readonly channelId: ChannelId;
  readonly content: string;
  readonly attachmentIds: readonly string[];
  readonly idempotencyKey: string | null; // Header, or the gateway's nonce
  readonly context: CommandContext;
}) => Promise<Either<Failure, Done<Message>>>;

type Request = Parameters<PostMessage>[0];
export type PostMessagePorts = {
  readonly access: Pick<GuildAccess, 'requireToWrite'>;
  readonly store: Pick<EventStore, 'append' | 'load'>;
  readonly attachments: AttachmentsOfMessages;
  readonly contents: MessageContents;
  readonly clock: Clock;
  readonly newId: NewId;
  readonly newEventId: () => string; // UUIDs
  readonly limits: Pick<Limits, 'messageBytesMax' | 'idempotencySecs'>;
};

const Result = t.strict({ messageId: MessageId });
const NO_REACTIONS = new Map<string, ReadonlySet<UserId>>();
const ERASED = { content: '', tokens: [] };

const evolve = evolveWith({ decider: messageDecider, kinds: MESSAGE_EVENTS });

/** The answer to the first of several requests that are one: the message as it was posted. */
const firstAnswer = async (
  { store, contents, attachments }: Pick<PostMessagePorts, 'store' | 'contents' | 'attachments'>,
  messageId: MessageId,
  readerId: UserId,
): Promise<Message> => {
  const [first] = await store.load(messageStream(messageId));
  const message = first && foldAll(messageDecider.initialState, evolve, [first]).state;
  if (!message) throw new Error('A reserved message is not in the log.');
  const rendered =
    message.content === null ? ERASED : contents.remember(first.meta.eventId, message.content);
  const shown = await attachments.shown(message.attachmentIds);
  return messageAnswer(message, rendered, readerId, shown);
};

const reservation = (
  { by, guildId, channelId, content, attachmentIds, idempotencyKey }: Request,
  messageId: MessageId,
  { at, idempotencySecs }: { readonly at: Timestamp; readonly idempotencySecs: number },
) =>
  reserve({
    by,
    operation: 'post_message',
    key: idempotencyKey,
    content: [guildId, channelId, content, ...attachmentIds],
    result: { messageId },
    at,
    idempotencySecs,
  });

const NO_ATTACHMENTS = { attachmentIds: [], attachments: [] };

export const createPostMessage = (ports: PostMessagePorts): PostMessage => {
  const { access, store, attachments, contents, clock, newId, newEventId, limits } = ports;
  const mayBeEmpty = ({ content, attachmentIds }: Request): boolean =>
    content === '' && attachmentIds.length > 0;

  return async (request) => {
    const { by, guildId, channelId, content, context } = request;
    const allowed = await access.requireToWrite(by, guildId, channelId);
    if (isLeft(allowed)) return allowed;
    if (!mayBeEmpty(request) && !isMessageContent(content, limits.messageBytesMax))
      return left(INVALID);
    const freshId = newId<'Message'>();
    const eventId = newEventId();
    const at = clock.now();
    const { idempotencySecs } = limits;
    const claimed =
      request.attachmentIds.length === 0
        ? right({ messageId: freshId, ...NO_ATTACHMENTS })
        : await attachments.claim({
            ...request,
            messageId: freshId,
            request:
              reservation(request, freshId, { at, idempotencySecs })?.keyHash.toString('hex') ??
              null,
          });
    if (isLeft(claimed)) return claimed;
    const { messageId, attachmentIds } = claimed.right;
    const idempotency = reservation(request, messageId, { at, idempotencySecs });
    // Before the append, since its event may be fanned out before the append returns here.
    const rendered = contents.remember(eventId, content);
    const posted = { messageId, guildId, channelId, authorId: by, content, attachmentIds, at };
    const append = {
      stream: messageStream(messageId),
      expected: 'no_stream',
      events: [{ type: 'MessagePosted', data: posted }],
      eventIds: [eventId],
      context,
    } as const;
    const appended = await store.append(
      idempotency === undefined ? append : { ...append, idempotency },
    )();
    if (!isLeft(appended)) {
      const reactions = NO_REACTIONS;
      const message = { messageId, guildId, channelId, authorId: by, postedAt: at, reactions };
      const answer = messageAnswer(message, rendered, by, claimed.right.attachments);
      return right({ answer, position: appended.right.position });
    }
    contents.forget(eventId);
    if (appended.left.type !== 'AlreadyDone') return left(appendFailure(appended.left));
    const first = readResult(Result, appended.left.result);
    const answer = await firstAnswer(ports, first.messageId, by);
    return right({ answer, position: appended.left.position });
  };
};
