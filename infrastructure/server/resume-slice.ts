// What the gateway reads to tell who was away what they missed.
import { isLeft } from 'fp-ts/lib/Either.js';
import { type GuildAccess } from '../../application/access/guild-access.ts';
import { type Position } from '../../application/event-store/event-log.ts';
import { type FeedReader } from '../../application/feed/feed-reader.ts';
import { type KnownTo } from '../../application/feed/known-to.ts';
import { type Place } from '../../application/feed/place.ts';
import { type MessageReader } from '../../application/message/message-reader.ts';
import { installationId } from '../auth/tokens.ts';
import { type ResumeSource } from '../gateway/replay-pages.ts';
import { startPlace } from '../gateway/resume-checks.ts';
import { type Foundation } from './foundation.ts';

// Texts of messages are read from their read model, which has them as they are now.
const NOT_OPENED: ReadonlySet<string> = new Set(['MessagePosted.content', 'MessageEdited.content']);

type Readers = {
  readonly feed: FeedReader;
  readonly messages: Pick<MessageReader, 'existing'>;
  readonly knownTo: KnownTo;
};

export const createResumeSource = (
  { store, secrets }: Pick<Foundation, 'store' | 'secrets'>,
  { feed, messages, knownTo }: Readers,
  access: Pick<GuildAccess, 'visibleChannels'>,
): ResumeSource => ({
  installationId: installationId(secrets.masterKey),
  head: store.head,
  eventsAt: (positions) => store.readAt(positions, { keepSealed: NOT_OPENED }),
  feed,
  messagesNow: (readerId, messageIds) => messages.existing({ readerId, messageIds }),
  knownTo,
  visibleChannels: async (userId, guildId) => {
    const visible = await access.visibleChannels(userId, guildId);
    return isLeft(visible) ? [] : visible.right;
  },
});

/** Where the gateway begins that is given every batch after `start`. */
export const placeAt = async (
  feed: FeedReader,
  start: Position,
  logStart: Position,
): Promise<Place> => (await feed.lastUpTo(start)) ?? startPlace(logStart);
