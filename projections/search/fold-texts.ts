// What a batch of message events comes to for the index.
import { type Recorded } from '../../application/event-store/event-store.ts';
import { type ChannelId, type GuildId, type MessageId } from '../../domain/shared/ids.ts';

export type PostedText = {
  readonly messageId: MessageId;
  readonly guildId: GuildId;
  readonly channelId: ChannelId;
  readonly content: string | null; // Null when deleted or erased: it takes its number and leaves nothing else
};

export type NetTexts = {
  readonly posted: readonly PostedText[]; // In log order
  readonly edited: ReadonlyMap<MessageId, string>;
  readonly removed: ReadonlySet<MessageId>;
};

/** Folds events in log order; an erased edit takes the message out of the index. */
export const foldTexts = (events: readonly Recorded[]): NetTexts => {
  const posted: PostedText[] = [];
  const placeOf = new Map<MessageId, number>(); // Of the last posting of a message in this batch
  const edited = new Map<MessageId, string>();
  const removed = new Set<MessageId>();
  const replace = (messageId: MessageId, content: string | null): void => {
    const place = placeOf.get(messageId);
    const own = place === undefined ? undefined : posted[place];
    if (place !== undefined && own !== undefined) {
      posted[place] = { ...own, content };
    } else if (content === null) {
      edited.delete(messageId);
      removed.add(messageId);
    } else {
      edited.set(messageId, content);
    }
  };
  for (const { type, data } of events) {
    if (type === 'MessagePosted' || type === 'MessageRestored') {
      const { messageId, guildId, channelId, content } = data;
      // It takes a number of its own, as it would in a batch of its own.
      if (type === 'MessageRestored') replace(messageId, null);
      placeOf.set(messageId, posted.length);
      posted.push({ messageId, guildId, channelId, content });
    } else if (type === 'MessageEdited') replace(data.messageId, data.content);
    else if (type === 'MessageDeleted') replace(data.messageId, null);
  }
  return { posted, edited, removed };
};
