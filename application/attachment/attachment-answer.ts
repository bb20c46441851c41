import { type Attachment as AttachmentState } from '../../domain/attachment/decider.ts';
import { type Attachment } from '../contract/answers.ts';

/** What is told of an attachment; null once it is deleted or its key destroyed. */
export const attachmentAnswer = (state: AttachmentState | null): Attachment | null =>
  state === null || state.isDeleted || state.filename === null || state.sha256Hex === null
    ? null
    : {
        attachment_id: state.attachmentId,
        guild_id: state.guildId,
        channel_id: state.channelId,
        owner_id: state.ownerId,
        filename: state.filename,
        mime_type: state.mimeType,
        size_bytes: state.sizeBytes,
        sha256_hex: state.sha256Hex,
      };

/** In the order in which a message shows them: time of upload, then id (base contract 3). */
export const inMessageOrder = (
  states: readonly (AttachmentState | null)[],
): readonly Attachment[] =>
  states
    .filter((state) => state !== null)
    .sort((a, b) => a.at - b.at || (a.attachmentId < b.attachmentId ? -1 : 1))
    .flatMap((state) => attachmentAnswer(state) ?? []);
