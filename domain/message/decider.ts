// Rules for a message that exists. Posting needs none: its stream is new, so there is nothing to decide over.
import { left, right, type Either } from 'fp-ts/lib/Either.js';
import { type Decider } from '../shared/decider.ts';
import { type UserId } from '../shared/ids.ts';
import { type Timestamp } from '../shared/timestamp.ts';
import { type MessageEvent } from './events.ts';
import { evolveMessage, standingAt, type Message, type MessagePlace } from './message.ts';

type EditMessage = MessagePlace & {
  readonly by: UserId;
  readonly content: string;
  readonly at: Timestamp;
};
type DeleteMessage = MessagePlace & { readonly by: UserId; readonly at: Timestamp };
type RestoreMessage = MessagePlace & {
  readonly by: UserId;
  readonly content: string;
  readonly at: Timestamp;
};
type RemoveReaction = MessagePlace & {
  readonly userId: UserId;
  readonly emoji: string;
  readonly at: Timestamp;
};
type AddReaction = RemoveReaction & { readonly emojiMax: number };

export type MessageCommand =
  | { readonly type: 'EditMessage'; readonly data: EditMessage }
  | { readonly type: 'DeleteMessage'; readonly data: DeleteMessage }
  | { readonly type: 'RestoreMessage'; readonly data: RestoreMessage }
  | { readonly type: 'AddReaction'; readonly data: AddReaction }
  | { readonly type: 'RemoveReaction'; readonly data: RemoveReaction };

export type MessageRejection = { readonly type: 'NoSuchMessage' | 'TooManyReactions' };

type Decision = Either<MessageRejection, readonly MessageEvent[]>;

const NOTHING: Decision = right([]); // Already as asked.

const addReaction = ({ emojiMax, ...data }: AddReaction, { reactions }: Message): Decision => {
  const reactors = reactions.get(data.emoji);
  if (reactors?.has(data.userId) === true) return NOTHING;
  if (reactors === undefined && reactions.size >= emojiMax)
    return left({ type: 'TooManyReactions' });
  return right([{ type: 'ReactionAdded', data }]);
};

/** Names the author of what somebody else changes. */
const moderated = <Data extends { readonly by: UserId }>(data: Data, { authorId }: Message) =>
  data.by === authorId ? data : { ...data, authorId };

/** Not for people: it puts back what the log says was there. */
const restoreMessage = (data: RestoreMessage, state: Message | null): Decision => {
  if (state === null || standingAt({ ...state, deletedBy: null }, data) === null)
    return left({ type: 'NoSuchMessage' });
  if (state.deletedBy === null) return NOTHING;
  const { authorId, postedAt } = state;
  return right([{ type: 'MessageRestored', data: { ...data, authorId, postedAt } }]);
};

const decide = ({ type, data }: MessageCommand, state: Message | null): Decision => {
  if (type === 'RestoreMessage') return restoreMessage(data, state);
  const message = standingAt(state, data);
  if (message === null) return left({ type: 'NoSuchMessage' });
  switch (type) {
    case 'EditMessage':
      return right([{ type: 'MessageEdited', data: moderated(data, message) }]);
    case 'DeleteMessage': {
      const { attachmentIds } = message;
      const gone = moderated(data, message);
      const taken = attachmentIds.length === 0 ? gone : { ...gone, attachmentIds };
      return right([{ type: 'MessageDeleted', data: taken }]);
    }
    case 'AddReaction':
      return addReaction(data, message);
    case 'RemoveReaction':
      return message.reactions.get(data.emoji)?.has(data.userId) === true
        ? right([{ type: 'ReactionRemoved', data }])
        : NOTHING;
  }
};

export const messageDecider: Decider<
  MessageCommand,
  Message | null,
  MessageEvent,
  MessageRejection
> = { initialState: null, decide, evolve: evolveMessage };
