// Answers of the message commands, built from what the command itself knows: no read model is asked.
import type * as t from 'io-ts';
import { type Message as MessageState, type MessagePlace } from '../../domain/message/message.ts';
import { type UserId } from '../../domain/shared/ids.ts';
import { unixSeconds, type Timestamp } from '../../domain/shared/timestamp.ts';
import { type Attachment, type Message, type Reaction } from '../contract/answers.ts';
import { type RenderedContent } from './message-contents.ts';

const REACTORS_SHOWN_MAX = 32;

// By code point, as a database sorts UTF-8; JavaScript's own order differs beyond the first plane.
const byCodePoint = (a: string, b: string): number =>
  Buffer.compare(Buffer.from(a), Buffer.from(b));

/** One reaction line; count 0 when nobody reacts so. */
export const reactionAnswer = (
  message: Pick<MessageState, 'reactions'> | null,
  emoji: string,
  readerId: UserId,
): Reaction => {
  const reactors = message?.reactions.get(emoji) ?? new Set<UserId>();
  const shown = [...reactors].sort().slice(0, REACTORS_SHOWN_MAX);
  return {
    emoji,
    count: reactors.size as t.Int,
    reacted_by_me: reactors.has(readerId),
    ...(shown.length > 0 && { reactor_user_ids: shown }),
  };
};

export const messageAnswer = (
  message: MessagePlace & {
    readonly authorId: UserId;
    readonly postedAt: Timestamp;
    readonly reactions: MessageState['reactions'];
  },
  { content, tokens }: RenderedContent,
  readerId: UserId,
  attachments: readonly Attachment[] = [],
): Message => ({
  message_id: message.messageId,
  guild_id: message.guildId,
  channel_id: message.channelId,
  author_id: message.authorId,
  content,
  markdown_tokens: tokens,
  attachments,
  reactions: [...message.reactions.keys()]
    .sort(byCodePoint)
    .map((emoji) => reactionAnswer(message, emoji, readerId)),
  created_at_unix: unixSeconds(message.postedAt) as t.Int,
});
