import { isLeft, left, right, type Either } from 'fp-ts/lib/Either.js';
import { messageDecider } from '../../domain/message/decider.ts';
import { standingAt, type Message } from '../../domain/message/message.ts';
import { type DiscardAttachment } from '../attachment/discard-attachment.ts';
import { NOT_FOUND, type Failure } from '../failure.ts';
import { type Done } from '../ports.ts';
import { requireMayChange, type MessageCommandPorts, type OnMessage } from './message-change.ts';
import { messageStream } from './message-streams.ts';

export type DeleteMessage = (request: OnMessage) => Promise<Either<Failure, Done<undefined>>>;

/**
 * Deletes a message. A repeat is known without a reservation: the log says who deleted it, so with an idempotency key the
 * same person gets the same answer again, while without one the message is just gone.
 */
export const createDeleteMessage = ({
  execute,
  access,
  messages,
  clock,
  discard,
}: MessageCommandPorts & { readonly discard: DiscardAttachment }): DeleteMessage => {
  /** Bytes and keys of what the message showed. What can't be done now, housekeeping does. */
  const discardAll = async ({ by, context }: OnMessage, message: Message): Promise<void> => {
    const { attachmentIds, authorId: ownerId } = message;
    const cause = 'message_deleted';
    // At once, so that a store of bytes that is silent is waited for once and not five times.
    await Promise.all(
      attachmentIds.map((attachmentId) => discard({ attachmentId, ownerId, by, cause, context })),
    );
  };

  const wasDeletedBy = async ({ by, messageId, guildId, channelId }: OnMessage) => {
    const { state } = await messages.get(messageStream(messageId));
    if (state?.deletedBy !== by) return false;
    return standingAt({ ...state, deletedBy: null }, { messageId, guildId, channelId }) !== null;
  };

  return async (request) => {
    const { by, messageId, guildId, channelId, idempotencyKey, context } = request;
    const member = await access.inGuild(by, guildId);
    if (isLeft(member)) return member;
    const place = { messageId, guildId, channelId };
    const deleted = await execute({
      decider: messageDecider,
      states: messages,
      stream: messageStream(messageId),
      prepare: async (state) => {
        const message = await requireMayChange(access, by, place, state);
        if (isLeft(message)) return message;
        return right({ type: 'DeleteMessage' as const, data: { ...place, by, at: clock.now() } });
      },
      refuse: () => NOT_FOUND,
      context,
    });
    if (!isLeft(deleted)) {
      const message = deleted.right.type === 'Executed' ? deleted.right.state : null;
      if (message !== null) await discardAll(request, message);
      return right({ answer: undefined, position: deleted.right.position });
    }
    const isRepeat =
      deleted.left.type === 'NotFound' && idempotencyKey !== null && (await wasDeletedBy(request));
    return isRepeat ? right({ answer: undefined, position: null }) : left(deleted.left);
  };
};
