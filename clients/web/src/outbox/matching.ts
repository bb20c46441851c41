// The broadcast of a message may come before the answer to sending it, and it doesn't say which try it belongs to.
import { type Message } from '../../../../application/contract/answers.ts';
import { type OutboxEntry } from './outbox-entry.ts';

/**
 * The entry that `message` is, if any: the oldest unmatched one of that channel being sent with the very same text. A
 * wrong guess (the same text from another device at that moment) does no harm: the answer names the real message.
 */
export const matchingEntry = (
  message: Pick<Message, 'channel_id' | 'content' | 'author_id'>,
  inFlight: readonly OutboxEntry[],
  self: string,
): OutboxEntry | null =>
  message.author_id !== self
    ? null
    : (inFlight.find(
        ({ channelId, content }) => channelId === message.channel_id && content === message.content,
      ) ?? null);
