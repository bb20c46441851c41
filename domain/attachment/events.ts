import * as t from 'io-ts';
import { eventKind, type EventOf } from '../shared/event-kind.ts';
import { AttachmentId, ChannelId, GuildId, UserId } from '../shared/ids.ts';
import { Sealed } from '../shared/sealed.ts';
import { Timestamp } from '../shared/timestamp.ts';

const attachmentScope = ({ attachmentId }: { readonly attachmentId: AttachmentId }) =>
  `attachment:${attachmentId}`;
const where = {
  attachmentId: AttachmentId,
  guildId: GuildId,
  channelId: ChannelId,
  ownerId: UserId,
};

/** The hash is sealed like the name: it would tell for ever whether an erased file was a certain one. */
export const AttachmentUploaded = eventKind(
  'AttachmentUploaded',
  1,
  t.strict({
    ...where,
    filename: Sealed,
    sha256Hex: Sealed,
    mimeType: t.string,
    sizeBytes: t.Int,
    at: Timestamp,
  }),
  { filename: attachmentScope, sha256Hex: attachmentScope },
);
/** `by` is null when the server itself swept what no message ever used. */
export const AttachmentDeleted = eventKind(
  'AttachmentDeleted',
  1,
  t.strict({
    ...where,
    by: t.union([UserId, t.null]),
    cause: t.keyof({ request: null, message_deleted: null, unused: null }),
    at: Timestamp,
  }),
);

export const ATTACHMENT_EVENTS = [AttachmentUploaded, AttachmentDeleted] as const;
export type AttachmentEvent = EventOf<(typeof ATTACHMENT_EVENTS)[number]>;
