import { type Message, type Reaction } from '../contract/answers.ts';
import {
  type ChannelId,
  type GuildId,
  type MessageId,
  type UserId,
} from '../../domain/shared/ids.ts';

/** Reads messages from the read model. All shapes are those of the wire. */
export type MessageReader = {
  /** Newest first, strictly older than `before`, at most `limit`. Deleted messages are not there. */
  readonly page: (request: {
    readonly guildId: GuildId;
    readonly channelId: ChannelId;
    readonly readerId: UserId;
    readonly before: MessageId | null;
    readonly limit: number;
  }) => Promise<readonly Message[]>;
  /** The messages with these ids in this order, those that exist and stand in one of the channels. */
  readonly byIds: (request: {
    readonly guildId: GuildId;
    readonly channelIds: readonly ChannelId[];
    readonly messageIds: readonly MessageId[];
    readonly readerId: UserId;
  }) => Promise<readonly Message[]>;
  /** Those of these messages that are there, in any order. Whether the reader may see them is the caller's to know. */
  readonly existing: (request: {
    readonly messageIds: readonly MessageId[];
    readonly readerId: UserId;
  }) => Promise<readonly Message[]>;
  /** One reaction line as the route answers it; count 0 when nobody reacts so. */
  readonly reaction: (request: {
    readonly messageId: MessageId;
    readonly emoji: string;
    readonly readerId: UserId;
  }) => Promise<Reaction>;
  /** The message that sorts last of all, null when there is none. */
  readonly newestId: () => Promise<MessageId | null>;
};
