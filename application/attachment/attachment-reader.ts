import {
  type AttachmentId,
  type ChannelId,
  type GuildId,
  type MessageId,
  type UserId,
} from '../../domain/shared/ids.ts';
import { type Timestamp } from '../../domain/shared/timestamp.ts';
import { type Attachment } from '../contract/answers.ts';

/** What a person's storage still holds for an attachment that nobody has or may have any more. */
export type Leftover = {
  readonly attachmentId: AttachmentId;
  readonly userId: UserId;
  readonly isDoomed: boolean; // Deleted for certain; else merely unused for too long
};

/** Reads attachments from the read model. Those whose key was destroyed are not there. */
export type AttachmentReader = {
  readonly find: (place: {
    readonly guildId: GuildId;
    readonly channelId: ChannelId;
    readonly attachmentId: AttachmentId;
  }) => Promise<Attachment | null>;
  /** By message, each list by time of upload, then id. */
  readonly ofMessages: (
    messageIds: readonly MessageId[],
  ) => Promise<ReadonlyMap<MessageId, readonly Attachment[]>>;
  /** By id, strictly after `after`, at most `limit`. */
  readonly leftovers: (request: {
    readonly uploadsBefore: Timestamp; // An upload begun earlier is over
    readonly unusedBefore: Timestamp;
    readonly after: AttachmentId | null;
    readonly limit: number;
  }) => Promise<readonly Leftover[]>;
};
