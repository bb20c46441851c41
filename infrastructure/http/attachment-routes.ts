import { isLeft, left, right } from 'fp-ts/lib/Either.js';
import * as t from 'io-ts';
import { type DeleteAttachment } from '../../application/attachment/delete-attachment.ts';
import { type ReadAttachment } from '../../application/attachment/read-attachment.ts';
import { type UploadAttachment } from '../../application/attachment/upload-attachment.ts';
import { Attachment } from '../../application/contract/answers.ts';
import { closed } from '../../application/contract/closed.ts';
import { type Failure } from '../../application/failure.ts';
import { type UserId } from '../../domain/shared/ids.ts';
import { type Concurrency } from './concurrency.ts';
import { fileHeaders, rangeAsked } from './content-headers.ts';
import { attachmentId, channelId, guildId } from './path-params.ts';
import { route, type Outcome, type Route } from './route.ts';
import { requireTransfer, type Transfer } from './transfer.ts';

export type AttachmentRoutesPorts = {
  readonly uploadAttachment: UploadAttachment;
  readonly readAttachment: ReadAttachment;
  readonly deleteAttachment: DeleteAttachment;
  readonly uploads: Concurrency;
  readonly downloads: Concurrency;
};

const ATTACHMENTS = '/guilds/:guildId/channels/:channelId/attachments';
const ATTACHMENT = `${ATTACHMENTS}/:attachmentId`;
const DEFAULT_NAME = 'upload.bin';
const RETRY_SECS = 1;

const refusalOf = (full: 'key_full' | 'all_full'): Failure => ({
  type: full === 'key_full' ? 'RateLimited' : 'Unavailable',
  retryAfterSecs: RETRY_SECS,
});

/** Runs the work as one of those that may run at once. */
const among = async (
  concurrency: Concurrency,
  userId: UserId,
  work: () => Promise<Outcome>,
): Promise<Outcome> => {
  const end = concurrency.begin(userId);
  if (typeof end === 'string') return left(refusalOf(end));
  try {
    return await work();
  } finally {
    end();
  }
};

/** Goes on counting a download as running until its last byte is out or it broke off. */
async function* until(end: () => void, bytes: AsyncIterable<Buffer>) {
  try {
    yield* bytes;
  } finally {
    end();
  }
}

const createDownload =
  ({ readAttachment, downloads }: AttachmentRoutesPorts) =>
  async (place: Parameters<ReadAttachment['find']>[0], transfer: Transfer): Promise<Outcome> => {
    const found = await readAttachment.find(place);
    if (isLeft(found)) return found;
    const attachment = found.right;
    const range = rangeAsked(attachment, transfer);
    if (range === 'unsatisfiable') {
      const headers = { 'content-range': `bytes */${attachment.size_bytes}` };
      return right({
        answer: undefined,
        position: null,
        status: 416,
        file: { headers, bytes: null },
      });
    }
    const headers = fileHeaders(attachment, range);
    const answer = { answer: undefined, position: null, status: range === 'whole' ? 200 : 206 };
    if (transfer.isHead) return right({ ...answer, file: { headers, bytes: null } });
    const end = downloads.begin(place.by);
    if (typeof end === 'string') return left(refusalOf(end));
    const all = { start: 0, end: attachment.size_bytes };
    const bytes = await readAttachment.bytes(attachment, range === 'whole' ? all : range);
    if (isLeft(bytes)) {
      end();
      return bytes;
    }
    return right({ ...answer, file: { headers, bytes: until(end, bytes.right) } });
  };

/** Files of messages (base contract 2.9 and 5.6). */
export const attachmentRoutes = (ports: AttachmentRoutesPorts): readonly Route[] => {
  const { uploads, uploadAttachment, deleteAttachment } = ports;
  const download = createDownload(ports);
  return [
    route({
      method: 'POST',
      url: ATTACHMENTS,
      auth: 'bearer',
      guardsAddress: true,
      transfers: 'upload',
      summary: 'Stores the body, as it is, as a file for a message that will be posted here.',
      answer: Attachment,
      failures: ['invalid_request', 'forbidden', 'payload_too_large', 'quota_exceeded'],
      params: { guildId, channelId },
      query: closed({}, { filename: t.string }),
      handle: ({ identity, params, query, idempotencyKey, context, transfer }) =>
        among(uploads, identity.userId, () => {
          const { body, contentType, contentLength } = requireTransfer(transfer);
          return uploadAttachment({
            by: identity.userId,
            ...params,
            filename: query.filename ?? DEFAULT_NAME,
            declaredType: contentType,
            declaredBytes: contentLength,
            source: body,
            idempotencyKey,
            context,
          });
        }),
    }),
    route({
      method: 'GET',
      url: ATTACHMENT,
      auth: 'bearer',
      guardsAddress: true,
      transfers: 'download',
      summary: 'The bytes of a file, or one range of them.',
      answer: 'bytes',
      otherAnswers: { 206: 'bytes', 416: null },
      failures: ['forbidden'],
      params: { guildId, channelId, attachmentId },
      handle: ({ identity, params, transfer }) =>
        download({ by: identity.userId, ...params }, requireTransfer(transfer)),
    }),
    route({
      method: 'DELETE',
      url: ATTACHMENT,
      auth: 'bearer',
      guardsAddress: true,
      status: 204,
      summary: 'Deletes a file, also from the message that shows it.',
      answer: null,
      failures: ['forbidden'],
      params: { guildId, channelId, attachmentId },
      handle: ({ identity, params, idempotencyKey, context }) =>
        deleteAttachment({ by: identity.userId, ...params, idempotencyKey, context }),
    }),
  ];
};
