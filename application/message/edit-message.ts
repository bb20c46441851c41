import { isLeft, left, right, type Either } from 'fp-ts/lib/Either.js';
import { isMessageContent } from '../../domain/message/content.ts';
import { messageDecider } from '../../domain/message/decider.ts';
import { type AttachmentsOfMessages } from '../attachment/claim-attachments.ts';
import { type Message } from '../contract/answers.ts';
import { FORBIDDEN, INVALID, NOT_FOUND, type Failure } from '../failure.ts';
import { reserve } from '../idempotency.ts';
import { type Done } from '../ports.ts';
import { messageAnswer } from './message-answer.ts';
import { requireMayChange, type MessageCommandPorts, type OnMessage } from './message-change.ts';
import { type MessageContents, type RenderedContent } from './message-contents.ts';
import { messageStream } from './message-streams.ts';

export type EditMessage = (
  request: OnMessage & { readonly content: string },
) => Promise<Either<Failure, Done<Message>>>;

export const createEditMessage = ({
  execute,
  access,
  messages,
  attachments,
  contents,
  clock,
  newEventId,
  limits,
}: MessageCommandPorts & {
  readonly attachments: Pick<AttachmentsOfMessages, 'shown'>;
  readonly contents: MessageContents;
  readonly newEventId: () => string; // UUIDs
}): EditMessage => {
  /** The tokens of a text that belongs to no event of this process. */
  const renderOnce = (content: string): RenderedContent => {
    const passingId = newEventId();
    const rendered = contents.remember(passingId, content);
    contents.forget(passingId);
    return rendered;
  };

  return async ({ by, messageId, guildId, channelId, content, idempotencyKey, context }) => {
    const member = await access.inGuild(by, guildId);
    if (isLeft(member)) return member;
    if (member.right.isTimedOut) return left(FORBIDDEN); // An edit says something new.
    if (!isMessageContent(content, limits.messageBytesMax)) return left(INVALID);
    const place = { messageId, guildId, channelId };
    const at = clock.now();
    const edited = await execute({
      decider: messageDecider,
      states: messages,
      stream: messageStream(messageId),
      prepare: async (state) => {
        const message = await requireMayChange(access, by, place, state);
        if (isLeft(message)) return message;
        return right({ type: 'EditMessage' as const, data: { ...place, by, content, at } });
      },
      refuse: () => NOT_FOUND,
      context,
      idempotency: reserve({
        by,
        operation: 'edit_message',
        key: idempotencyKey,
        content: [guildId, channelId, messageId, content],
        result: {},
        at,
        idempotencySecs: limits.idempotencySecs,
      }),
    });
    if (isLeft(edited)) return edited;
    const done = edited.right;
    const [eventId] = done.type === 'Executed' ? done.eventIds : [];
    const message =
      done.type === 'Executed' ? done.state : (await messages.get(messageStream(messageId))).state;
    if (message === null) return left(NOT_FOUND);
    // A repeat has the very text of the first request, or its key would have been refused.
    const rendered =
      eventId === undefined ? renderOnce(content) : contents.remember(eventId, content);
    const shown = await attachments.shown(message.attachmentIds);
    return right({ answer: messageAnswer(message, rendered, by, shown), position: done.position });
  };
};
