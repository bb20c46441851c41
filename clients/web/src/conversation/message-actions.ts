import { type Message } from '../../../../application/contract/answers.ts';
import { type OutboxEntry } from '../outbox/outbox-entry.ts';

/** What can be done to a row; the list knows who may. */
export type RowActions = {
  readonly react: (message: Message, emoji: string, on: boolean) => void;
  readonly pickReaction: (message: Message, anchor: HTMLElement) => void;
  readonly startEdit: (message: Message) => void;
  readonly saveEdit: (message: Message, content: string) => void;
  readonly stopEdit: () => void;
  readonly remove: (message: Message, unasked: boolean) => void;
  readonly copyLink: (message: Message) => void;
  readonly retry: (entry: OutboxEntry) => void;
  readonly discard: (entry: OutboxEntry) => void;
};
