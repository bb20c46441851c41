// Rules for an attachment that exists. Uploading needs none: its stream is new. Who used it in which message is decided
// in the storage of its owner (domain/storage), where several can be bound at once.
import { left, right } from 'fp-ts/lib/Either.js';
import { type Decider } from '../shared/decider.ts';
import { type EventOf } from '../shared/event-kind.ts';
import { type UserId } from '../shared/ids.ts';
import { type Timestamp } from '../shared/timestamp.ts';
import { type AttachmentDeleted, type AttachmentEvent, type AttachmentUploaded } from './events.ts';

export type Attachment = EventOf<typeof AttachmentUploaded>['data'] & {
  readonly isDeleted: boolean;
};

export type DeleteAttachment = {
  readonly by: UserId | null;
  readonly cause: EventOf<typeof AttachmentDeleted>['data']['cause'];
  readonly at: Timestamp;
};
export type AttachmentRejection = { readonly type: 'NoSuchAttachment' };

export const attachmentDecider: Decider<
  DeleteAttachment,
  Attachment | null,
  AttachmentEvent,
  AttachmentRejection
> = {
  initialState: null,
  decide: ({ by, cause, at }, attachment) => {
    if (attachment === null || attachment.isDeleted) return left({ type: 'NoSuchAttachment' });
    const { attachmentId, guildId, channelId, ownerId } = attachment;
    const data = { attachmentId, guildId, channelId, ownerId, by, cause, at };
    return right([{ type: 'AttachmentDeleted', data }]);
  },
  evolve: (attachment, event) => {
    switch (event.type) {
      case 'AttachmentUploaded':
        return attachment ?? { ...event.data, isDeleted: false };
      case 'AttachmentDeleted':
        return attachment && { ...attachment, isDeleted: true };
    }
  },
};
