import {
  type AttachmentId,
  type ChannelId,
  type GuildId,
  type MessageId,
  type UserId,
} from '../shared/ids.ts';
import { type Sealed } from '../shared/sealed.ts';
import { type Timestamp } from '../shared/timestamp.ts';
import { type MessageEvent } from './events.ts';

/** Where a message stands; a path names all three. */
export type MessagePlace = {
  readonly messageId: MessageId;
  readonly guildId: GuildId;
  readonly channelId: ChannelId;
};

export type Message = MessagePlace & {
  readonly authorId: UserId;
  readonly content: Sealed;
  readonly attachmentIds: readonly AttachmentId[]; // As posted; each may have been deleted since
  readonly postedAt: Timestamp;
  readonly deletedBy: UserId | null; // Null while it is there
  readonly reactions: ReadonlyMap<string, ReadonlySet<UserId>>; // By emoji, never an empty set
};

const withReactors = (message: Message, emoji: string, reactors: Set<UserId>): Message => {
  const reactions = new Map(message.reactions);
  if (reactors.size === 0) reactions.delete(emoji);
  else reactions.set(emoji, reactors);
  return { ...message, reactions };
};

const evolveExisting = (message: Message, event: MessageEvent): Message => {
  switch (event.type) {
    case 'MessagePosted':
      return message; // A message is posted once.
    case 'MessageEdited':
      return { ...message, content: event.data.content };
    case 'MessageDeleted':
      return { ...message, content: null, deletedBy: event.data.by, reactions: new Map() };
    case 'MessageRestored': {
      if (message.deletedBy === null) return message;
      const { content } = event.data;
      return { ...message, content, attachmentIds: [], deletedBy: null, reactions: new Map() };
    }
    case 'ReactionAdded':
    case 'ReactionRemoved': {
      const { emoji, userId } = event.data;
      if (emoji === null) return message; // Erased together with its message.
      const reactors = new Set(message.reactions.get(emoji));
      if (event.type === 'ReactionAdded') reactors.add(userId);
      else reactors.delete(userId);
      return withReactors(message, emoji, reactors);
    }
  }
};

/** Folds an event into a message; null until it is posted. Total: events out of place change nothing. */
export const evolveMessage = (message: Message | null, event: MessageEvent): Message | null => {
  if (message !== null) return evolveExisting(message, event);
  if (event.type !== 'MessagePosted') return null;
  const { messageId, guildId, channelId, authorId, content, attachmentIds, at } = event.data;
  return {
    messageId,
    guildId,
    channelId,
    authorId,
    content,
    attachmentIds,
    postedAt: at,
    deletedBy: null,
    reactions: new Map(),
  };
};

/** The message if it is there: posted, not deleted, and in the very guild and channel that were named. */
export const standingAt = (
  message: Message | null,
  { messageId, guildId, channelId }: MessagePlace,
): Message | null =>
  message?.deletedBy === null &&
  message.messageId === messageId &&
  message.guildId === guildId &&
  message.channelId === channelId
    ? message
    : null;
