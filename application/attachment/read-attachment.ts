import { isLeft, left, right, type Either } from 'fp-ts/lib/Either.js';
import {
  type AttachmentId,
  type ChannelId,
  type GuildId,
  type UserId,
} from '../../domain/shared/ids.ts';
import { type GuildAccess } from '../access/guild-access.ts';
import { type BlobReadFailure, type BlobStore, type ByteRange } from '../blob/blob-store.ts';
import { type ContentKeys } from '../blob/content-keys.ts';
import { type Attachment } from '../contract/answers.ts';
import { NOT_FOUND, type Failure } from '../failure.ts';
import { type AttachmentReader } from './attachment-reader.ts';
import { attachmentScope } from './attachment-streams.ts';

type Place = {
  readonly guildId: GuildId;
  readonly channelId: ChannelId;
  readonly attachmentId: AttachmentId;
};

export type ReadAttachment = {
  /** What there is to say of it, to who may see its channel at this moment. */
  readonly find: (request: Place & { readonly by: UserId }) => Promise<Either<Failure, Attachment>>;
  /** The bytes of one that was found. */
  readonly bytes: (
    attachment: Attachment,
    range: ByteRange,
  ) => Promise<Either<Failure, AsyncIterable<Buffer>>>;
};

/** Its bytes are not what was stored: nothing is given out, and the operator must hear of it. Thrown, answered 500. */
export class AttachmentDamaged extends Error {
  override readonly name = 'AttachmentDamaged';
}

const RETRY_SECS = 1;

const failureOf = (failure: BlobReadFailure, { attachment_id: id }: Attachment): Failure => {
  switch (failure.type) {
    case 'NoSuchBlob':
      return NOT_FOUND; // Deleted between the look and the reading.
    case 'Damaged':
      throw new AttachmentDamaged(`The bytes of attachment ${id} are damaged. Restore the file.`);
    case 'StoreUnavailable':
      return { type: 'Unavailable', retryAfterSecs: RETRY_SECS };
  }
};

export const createReadAttachment = ({
  access,
  reader,
  blobs,
  keys,
}: {
  readonly access: Pick<GuildAccess, 'requireInChannel'>;
  readonly reader: Pick<AttachmentReader, 'find'>;
  readonly blobs: Pick<BlobStore, 'read'>;
  readonly keys: Pick<ContentKeys, 'find'>;
}): ReadAttachment => ({
  find: async ({ by, ...place }) => {
    const { guildId, channelId } = place;
    const allowed = await access.requireInChannel(by, guildId, channelId, 'create_message');
    if (isLeft(allowed)) return allowed;
    const found = await reader.find(place);
    return found === null ? left(NOT_FOUND) : right(found);
  },
  bytes: async (attachment, range) => {
    const { attachment_id: id, size_bytes: sizeBytes } = attachment;
    const key = await keys.find(attachmentScope(id));
    if (key === null) return left(NOT_FOUND);
    const name = { kind: 'attachments' as const, id };
    const read = await blobs.read({ name, key, sizeBytes, range })();
    return isLeft(read) ? left(failureOf(read.left, attachment)) : read;
  },
});
