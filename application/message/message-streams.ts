import { messageDecider } from '../../domain/message/decider.ts';
import { MESSAGE_EVENTS } from '../../domain/message/events.ts';
import { type Message } from '../../domain/message/message.ts';
import { type MessageId } from '../../domain/shared/ids.ts';
import { createUncachedStreams, type FoldedStreams } from '../access/folded-streams.ts';
import { type EventStore } from '../event-store/event-store.ts';

export const messageStream = (messageId: MessageId): string => `message-${messageId}`;

/** Messages as commands see them. Not cached: few messages are ever changed, and most only once. */
export const createMessageStreams = (
  store: Pick<EventStore, 'load'>,
): FoldedStreams<Message | null> =>
  createUncachedStreams({ store, folding: { decider: messageDecider, kinds: MESSAGE_EVENTS } });
