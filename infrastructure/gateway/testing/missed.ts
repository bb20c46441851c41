// Messages of guild 1 that somebody missed: as the log has them, as the feed does, and as they are read now.
import { type Message } from '../../../application/contract/answers.ts';
import { type DomainEvent } from '../../../application/event-store/event-catalogue.ts';
import { type FeedChange } from '../../../application/feed/feed-reader.ts';
import { echoMessage } from './harness.ts';
import { channelId, guildId, messageId, noon, positionNo, userId } from './samples.ts';

const markNo = (n: number) => String(n).padStart(8, '0');

/** An event at a position of its own. */
export const at = (n: number, event: DomainEvent) => ({
  ...event,
  meta: {
    position: positionNo(n),
    stream: 'stream',
    revision: n,
    eventId: `event-${markNo(n)}`,
    version: 1,
    recordedAt: noon,
    actor: 'system',
    correlationId: `request-${n}`,
    causationId: null,
  },
});

export const placeNo = (n: number): string => `${positionNo(n)}.${markNo(n)}`;

export const change = (n: number, channel: number): FeedChange => ({
  position: positionNo(n),
  mark: markNo(n),
  guildId: guildId(1),
  channelId: channelId(channel),
  kind: 'MessagePosted',
  subjectId: messageId(n),
  at: noon,
});

export const messageNo = (n: number, channel: number, content = `text ${n}`): Message => ({
  ...echoMessage({
    by: userId(1),
    guildId: guildId(1),
    channelId: channelId(channel),
    content,
    attachmentIds: [],
    idempotencyKey: null,
    context: { actor: 'system', correlationId: '' },
  }),
  message_id: messageId(n),
});
