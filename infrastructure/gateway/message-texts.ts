// What message frames need beyond their event: opened texts and current reaction counts, fetched for a whole batch at once
// and only for channels somebody listens to.
import { type AttachmentReader } from '../../application/attachment/attachment-reader.ts';
import {
  type MessageContents,
  type RenderedContent,
} from '../../application/message/message-contents.ts';
import { type Attachment } from '../../application/contract/answers.ts';
import { type Metrics } from '../../application/metrics.ts';
import { type DomainEvent } from '../../application/event-store/event-catalogue.ts';
import { type Recorded, type Undecodable } from '../../application/event-store/event-store.ts';
import { type MessageId, type UserId } from '../../domain/shared/ids.ts';
import { type Audience } from './audience.ts';
import { type GatewayLog } from './connection.ts';
import {
  messageCreateFrame,
  messageDeleteFrame,
  messageReactionFrame,
  messageRestoreFrame,
  messageUpdateFrame,
} from './event-frames.ts';
import { type Frame } from './frame-text.ts';

/** How many people react to a message so, as the read model stands; `readerId` is who just reacted. */
export type ReactionCount = (
  messageId: MessageId,
  emoji: string,
  readerId: UserId,
) => Promise<number>;

/** What is still there of the attachments of messages, as the read model stands. */
export type AttachmentsOf = AttachmentReader['ofMessages'];

export type PreparedBatch = {
  /** Null: not a message event, nobody listened when the batch came, or what the frame needs can't be had. */
  readonly frameOf: (event: Recorded) => Frame | null;
};
export type MessageTexts = {
  readonly prepare: (batch: readonly (Recorded | Undecodable)[]) => Promise<PreparedBatch>;
};

type EventWithText = Recorded<
  DomainEvent & { type: 'MessagePosted' | 'MessageEdited' | 'MessageRestored' }
>;
type Reaction = Recorded<DomainEvent & { type: 'ReactionAdded' | 'ReactionRemoved' }>;

const hasText = (event: Recorded | Undecodable): event is EventWithText =>
  event.type === 'MessagePosted' ||
  event.type === 'MessageEdited' ||
  event.type === 'MessageRestored';
const isReaction = (event: Recorded | Undecodable): event is Reaction =>
  event.type === 'ReactionAdded' || event.type === 'ReactionRemoved';
const reactionKey = ({ data }: Reaction) => `${data.messageId} ${data.emoji ?? ''}`;

const wireName = (type: (EventWithText | Reaction)['type']): string => {
  switch (type) {
    case 'MessagePosted':
    case 'MessageRestored':
      return 'message_create';
    case 'MessageEdited':
      return 'message_update';
    case 'ReactionAdded':
    case 'ReactionRemoved':
      return 'message_reaction';
  }
};

const textsOf = async (contents: MessageContents, events: readonly EventWithText[]) => {
  const texts = new Map<string, RenderedContent>();
  if (events.length === 0) return texts;
  const rendered = await contents.render(
    events.map(({ type, data, meta }) => ({
      messageId: data.messageId,
      eventId: meta.eventId,
      eventType: type,
      eventVersion: meta.version,
      box: data.content,
    })),
  );
  for (const [index, { meta }] of events.entries()) {
    const text = rendered[index];
    if (text !== undefined) texts.set(meta.eventId, text);
  }
  return texts;
};

const filesOf = async (attachmentsOf: AttachmentsOf, events: readonly EventWithText[]) => {
  const ids = events.map(({ data }) => data.messageId);
  const found = ids.length === 0 ? new Map<MessageId, never>() : await attachmentsOf(ids);
  return new Map<string, readonly Attachment[]>(ids.map((id) => [id, found.get(id) ?? []]));
};

const hasAttachments = (event: EventWithText): boolean =>
  event.type === 'MessagePosted' && event.data.attachmentIds.length > 0;

const countsOf = async (reactionCount: ReactionCount, events: readonly Reaction[]) => {
  const counts = new Map<string, number>();
  const distinct = new Map(events.map((event) => [reactionKey(event), event]));
  const reads = [...distinct].map(async ([key, { data }]) => {
    // An erased reaction has no emoji, hence nothing to show.
    if (data.emoji === null) return;
    counts.set(key, await reactionCount(data.messageId, data.emoji, data.userId));
  });
  await Promise.all(reads);
  return counts;
};

export const createMessageTexts = ({
  contents,
  reactionCount,
  attachmentsOf,
  audience,
  metrics,
  log,
}: {
  readonly contents: MessageContents;
  readonly reactionCount: ReactionCount;
  readonly attachmentsOf: AttachmentsOf;
  readonly audience: Audience;
  readonly metrics: Metrics;
  readonly log: GatewayLog;
}): MessageTexts => {
  const isHeard = ({ data }: EventWithText | Reaction) =>
    audience.inChannel(data.channelId).size > 0;

  /** A failed read costs frames, never order or the rest of the batch: clients find the truth over HTTP. */
  const orNothing = async <Value>(
    events: readonly (EventWithText | Reaction)[],
    reading: Promise<Map<string, Value>>,
  ) => {
    try {
      return await reading;
    } catch (error) {
      log.error({ event: 'gateway.fanout_dispatch.unreadable', err: error });
      for (const { type } of events)
        metrics.gatewayDropped('channel', wireName(type), 'serialize_error');
      return new Map<string, Value>();
    }
  };

  return {
    prepare: async (batch) => {
      const withText = batch.filter(hasText).filter(isHeard);
      const reactions = batch.filter(isReaction).filter(isHeard);
      const withFiles = withText.filter(hasAttachments);
      const [texts, files, counts] = await Promise.all([
        orNothing(withText, textsOf(contents, withText)),
        orNothing(withFiles, filesOf(attachmentsOf, withFiles)),
        orNothing(reactions, countsOf(reactionCount, reactions)),
      ]);
      const frameOf = (event: Recorded): Frame | null => {
        if (hasText(event)) {
          const text = texts.get(event.meta.eventId);
          const attachments = hasAttachments(event) ? files.get(event.data.messageId) : [];
          if (text === undefined || attachments === undefined) return null;
          switch (event.type) {
            case 'MessagePosted':
              return messageCreateFrame(event.data, text, attachments);
            case 'MessageRestored':
              return messageRestoreFrame(event.data, text);
            case 'MessageEdited':
              return messageUpdateFrame(event.data, text);
          }
        }
        if (isReaction(event)) {
          const count = counts.get(reactionKey(event));
          const operation = event.type === 'ReactionAdded' ? 'add' : 'remove';
          return count === undefined ? null : messageReactionFrame(event.data, operation, count);
        }
        return event.type === 'MessageDeleted' ? messageDeleteFrame(event.data) : null;
      };
      return { frameOf };
    },
  };
};
