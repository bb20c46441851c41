import * as t from 'io-ts';
import { eventKind, type EventOf } from '../shared/event-kind.ts';
import { AttachmentId, ChannelId, GuildId, MessageId, UserId } from '../shared/ids.ts';
import { Sealed } from '../shared/sealed.ts';
import { Timestamp } from '../shared/timestamp.ts';

const messageScope = ({ messageId }: { readonly messageId: MessageId }) => `message:${messageId}`;
const where = { messageId: MessageId, guildId: GuildId, channelId: ChannelId };

export const MessagePosted = eventKind(
  'MessagePosted',
  1,
  t.strict({
    ...where,
    authorId: UserId,
    content: Sealed,
    attachmentIds: t.readonlyArray(AttachmentId),
    at: Timestamp,
  }),
  { content: messageScope },
);

// `authorId` is there when somebody else than the author did it: then it was moderation.
const moderated = <Props extends t.Props>(props: Props) =>
  t.exact(t.intersection([t.type(props), t.partial({ authorId: UserId })]));
export const MessageEdited = eventKind(
  'MessageEdited',
  1,
  moderated({ ...where, by: UserId, content: Sealed, at: Timestamp }),
  { content: messageScope },
);
export const MessageDeleted = eventKind(
  'MessageDeleted',
  1,
  t.exact(
    t.intersection([
      t.type({ ...where, by: UserId, at: Timestamp }),
      // Its attachments, which go with it; not there when it had none.
      t.partial({ authorId: UserId, attachmentIds: t.readonlyArray(AttachmentId) }),
    ]),
  ),
);

// A reaction may be any short text, so it is sealed like the message it belongs to.
const reaction = { ...where, userId: UserId, emoji: Sealed, at: Timestamp };
export const ReactionAdded = eventKind('ReactionAdded', 1, t.strict(reaction), {
  emoji: messageScope,
});
export const ReactionRemoved = eventKind('ReactionRemoved', 1, t.strict(reaction), {
  emoji: messageScope,
});

/**
 * Deleted and there again, with the text it had: sealed anew, and still under the message's own key, which must not have
 * been destroyed. Its files went for good when it was deleted; its reactions follow as events of their own.
 */
export const MessageRestored = eventKind(
  'MessageRestored',
  1,
  t.strict({
    ...where,
    authorId: UserId,
    content: Sealed,
    postedAt: Timestamp,
    by: UserId,
    at: Timestamp,
  }),
  { content: messageScope },
);

export const MESSAGE_EVENTS = [
  MessagePosted,
  MessageEdited,
  MessageDeleted,
  ReactionAdded,
  ReactionRemoved,
  MessageRestored,
] as const;
export type MessageEvent = EventOf<(typeof MESSAGE_EVENTS)[number]>;
