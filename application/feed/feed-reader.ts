// What changed since a position, for clients that were away: which change, where and of what, never its content.
import {
  type ChannelId,
  type GuildId,
  type MessageId,
  type UserId,
} from '../../domain/shared/ids.ts';
import { type EventType } from '../event-store/event-catalogue.ts';
import { type Position } from '../event-store/event-log.ts';

/** Whom a change is told to: a channel's hearers, a guild's, one person, or whoever knows the person it is about. */
export type FeedScope = string & { readonly isFeedScope: true };
export const channelScope = (channelId: ChannelId) => `c:${channelId}` as FeedScope;
export const guildScope = (guildId: GuildId) => `g:${guildId}` as FeedScope;
export const personScope = (userId: UserId) => `u:${userId}` as FeedScope;
export const PROFILES_SCOPE = 'p' as FeedScope;

export type FeedChange = {
  readonly position: Position;
  readonly mark: string; // See place.ts
  readonly guildId: GuildId | null;
  readonly channelId: ChannelId | null;
  readonly kind: EventType;
  readonly subjectId: string; // A message, channel, role, person or guild
  readonly at: number; // Unix ms, as the event says
};

/** Of one channel, for who was away. */
export type MissedInChannel = {
  readonly channelId: ChannelId;
  readonly lastMessageId: MessageId | null; // Of all that are there
  readonly lastPosition: Position | null; // Of its last change of any kind
  readonly unread: number; // Messages of others since, those still there; at most UNREAD_MAX
  readonly hasMore: boolean; // There may be more than were counted
};

export type FeedReader = {
  /** Changes of these scopes with after < position <= upTo, in log order, at most `limit`. */
  readonly page: (request: {
    readonly scopes: readonly FeedScope[];
    readonly after: Position;
    readonly upTo: Position;
    readonly limit: number;
  }) => Promise<readonly FeedChange[]>;
  /** The mark (see place.ts) of the change at a position; null when there is none. */
  readonly markAt: (position: Position) => Promise<string | null>;
  /** Position and mark of the last change up to a position; null when there is none. */
  readonly lastUpTo: (
    position: Position,
  ) => Promise<{ readonly position: Position; readonly mark: string } | null>;
  /** The last time within after < position <= upTo that a person left a guild or was removed; null when they were not. */
  readonly lastRemoval: (request: {
    readonly guildId: GuildId;
    readonly userId: UserId;
    readonly after: Position;
    readonly upTo: Position;
  }) => Promise<Position | null>;
  /** One entry for each channel, in any order. */
  readonly missed: (request: {
    readonly channelIds: readonly ChannelId[];
    readonly readerId: UserId;
    readonly after: Position;
    readonly upTo: Position;
  }) => Promise<readonly MissedInChannel[]>;
};
