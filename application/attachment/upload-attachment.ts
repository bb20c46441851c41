// Quota, bytes, event, in this order: a crash in between leaves a reservation without an attachment, which housekeeping
// removes together with whatever bytes were stored. docs/decisions/attachments.md.
import { isLeft, left, right, type Either } from 'fp-ts/lib/Either.js';
import * as t from 'io-ts';
import { isFileName } from '../../domain/attachment/file-name.ts';
import { TEXT_TYPE } from '../../domain/attachment/media-type.ts';
import { AttachmentId, type ChannelId, type GuildId } from '../../domain/shared/ids.ts';
import { EMPTY_STORAGE, itemOf } from '../../domain/storage/storage.ts';
import { type GuildAccess } from '../access/guild-access.ts';
import { type BlobStore, type BlobWriteFailure, type WrittenBlob } from '../blob/blob-store.ts';
import { type ContentKeys, type NewContentKey } from '../blob/content-keys.ts';
import { type Asking } from '../command-ports.ts';
import { type Attachment } from '../contract/answers.ts';
import { type EventStore } from '../event-store/event-store.ts';
import { appendFailure, type Execute } from '../execute.ts';
import { INVALID, NOT_FOUND, type Failure } from '../failure.ts';
import { readResult, reserve } from '../idempotency.ts';
import { type Limits } from '../limits.ts';
import { type Clock, type Done, type NewId } from '../ports.ts';
import { attachmentAnswer } from './attachment-answer.ts';
import { attachmentScope, attachmentStream, type AttachmentStates } from './attachment-streams.ts';
import { type DiscardAttachment } from './discard-attachment.ts';
import { checkedText, readHead, storedType, type SniffType } from './file-content.ts';
import { createStorageStep } from './storage-step.ts';

export type UploadAttachment = (
  request: Asking & {
    readonly guildId: GuildId;
    readonly channelId: ChannelId;
    readonly filename: string;
    readonly declaredType: string | null;
    readonly declaredBytes: number | null; // Null: the sender doesn't say
    readonly source: AsyncIterable<Buffer>;
  },
) => Promise<Either<Failure, Done<Attachment>>>;
type Request = Parameters<UploadAttachment>[0];

export type UploadPorts = {
  readonly execute: Execute;
  readonly store: Pick<EventStore, 'append'>;
  readonly states: AttachmentStates;
  readonly access: Pick<GuildAccess, 'requireToWrite'>;
  readonly blobs: Pick<BlobStore, 'write'>;
  readonly keys: Pick<ContentKeys, 'fresh'>;
  readonly sniff: SniffType;
  readonly discard: DiscardAttachment;
  /** Told why the store of bytes kept nothing: who uploads is told only that it did not. */
  readonly onNotPersisted: (reason: string) => void;
  readonly clock: Clock;
  readonly newId: NewId;
  readonly limits: Pick<
    Limits,
    'attachmentBytesMax' | 'attachmentQuotaBytes' | 'attachmentsPerUserMax' | 'idempotencySecs'
  >;
};

const TOO_LARGE: Failure = { type: 'PayloadTooLarge' };
const QUOTA_EXCEEDED: Failure = { type: 'QuotaExceeded' };
const RETRY_SECS = 5;
const Result = t.strict({ attachmentId: AttachmentId });

/** An upload under way: what was decided before its bytes are stored. */
type Upload = {
  readonly request: Request;
  readonly attachmentId: AttachmentId;
  readonly mimeType: string;
  readonly reservedBytes: number;
  readonly key: NewContentKey;
};

const failureOf = (failure: BlobWriteFailure, bytesMax: number, upload: Upload): Failure => {
  switch (failure.type) {
    case 'TooLarge':
      // One that didn't say its length was given what was left of the quota.
      return upload.reservedBytes < bytesMax && upload.request.declaredBytes === null
        ? QUOTA_EXCEEDED
        : TOO_LARGE;
    case 'Empty':
    case 'SourceFailed':
      return INVALID;
    case 'StoreUnavailable':
      return { type: 'Unavailable', retryAfterSecs: RETRY_SECS };
  }
};

/** Refuses what needs no byte to be refused. */
const refusalOf = ({ filename, declaredBytes }: Request, bytesMax: number): Failure | null => {
  if (!isFileName(filename) || declaredBytes === 0) return INVALID;
  return declaredBytes !== null && declaredBytes > bytesMax ? TOO_LARGE : null;
};

const createSteps = (ports: UploadPorts) => {
  const { blobs, onNotPersisted, clock, limits } = ports;
  const onStorage = createStorageStep(ports);
  return {
    /** Takes from the quota what the sender declares, or as much as one file may have; gives how much was taken. */
    reserveStorage: async ({ by, declaredBytes, context }: Request, attachmentId: AttachmentId) => {
      const reserved = await onStorage(by, context, () => ({
        type: 'Reserve',
        data: {
          userId: by,
          attachmentId,
          at: clock.now(),
          bytesMin: declaredBytes ?? 1,
          bytesMax: declaredBytes ?? limits.attachmentBytesMax,
          quotaBytes: limits.attachmentQuotaBytes,
          itemsMax: limits.attachmentsPerUserMax,
        },
      }));
      if (isLeft(reserved)) return reserved;
      const state = reserved.right.type === 'Executed' ? reserved.right.state : EMPTY_STORAGE;
      return right(itemOf(state, attachmentId)?.bytes ?? 0);
    },
    storeBytes: async (upload: Upload, whole: AsyncIterable<Buffer>) => {
      const { attachmentId, mimeType, reservedBytes, key } = upload;
      const written = await blobs.write({
        name: { kind: 'attachments', id: attachmentId },
        key: key.key,
        source: mimeType === TEXT_TYPE ? checkedText(whole) : whole,
        bytesMax: reservedBytes,
      })();
      if (!isLeft(written)) return written;
      if (written.left.type === 'StoreUnavailable') onNotPersisted(written.left.reason);
      return left(failureOf(written.left, limits.attachmentBytesMax, upload));
    },
    settleStorage: ({ by, context }: Request, attachmentId: AttachmentId, bytes: number) =>
      onStorage(by, context, () => ({
        type: 'Settle',
        data: { userId: by, attachmentId, bytes, at: clock.now() },
      })),
  };
};

/** The event and, with it, the key; a repeat of the same request is told by its idempotency key. */
const createRecording =
  ({ store, clock, limits }: UploadPorts) =>
  async ({ request, attachmentId, mimeType, key }: Upload, written: WrittenBlob) => {
    const { by: ownerId, guildId, channelId, filename, idempotencyKey, context } = request;
    const at = clock.now();
    const { sha256Hex } = written;
    const file = { filename, sha256Hex, mimeType, sizeBytes: written.sizeBytes as t.Int };
    const data = { attachmentId, guildId, channelId, ownerId, ...file, at };
    const idempotency = reserve({
      by: ownerId,
      operation: 'upload_attachment',
      key: idempotencyKey,
      content: [guildId, channelId, filename, sha256Hex],
      result: { attachmentId },
      at,
      idempotencySecs: limits.idempotencySecs,
    });
    const appended = await store.append({
      stream: attachmentStream(attachmentId),
      expected: 'no_stream',
      events: [{ type: 'AttachmentUploaded', data }],
      context,
      newKeys: [key],
      ...(idempotency && { idempotency }),
    })();
    return { appended, answer: attachmentAnswer({ ...data, isDeleted: false }) };
  };

/** Stores a file for later use in a message of the same channel by the same person. */
export const createUploadAttachment = (ports: UploadPorts): UploadAttachment => {
  const { access, states, keys, sniff, discard, newId, limits } = ports;
  const { reserveStorage, storeBytes, settleStorage } = createSteps(ports);
  const record = createRecording(ports);

  const give = ({ request, attachmentId }: Upload) =>
    discard({
      attachmentId,
      ownerId: request.by,
      by: request.by,
      cause: 'request',
      context: request.context,
    });

  /** The answer to the first of several requests that are one; what this one stored is not needed. */
  const firstAnswer = async (result: string): Promise<Either<Failure, Attachment>> => {
    const { attachmentId } = readResult(Result, result);
    const { state } = await states.attachments.get(attachmentStream(attachmentId));
    const answer = attachmentAnswer(state);
    return answer === null ? left(NOT_FOUND) : right(answer);
  };

  const finish = async (
    upload: Upload,
    written: WrittenBlob,
  ): Promise<Either<Failure, Done<Attachment>>> => {
    const { appended, answer } = await record(upload, written);
    if (!isLeft(appended)) {
      if (answer === null) throw new Error('A new attachment has a name.');
      return right({ answer, position: appended.right.position });
    }
    // Nobody knows whether it was written: housekeeping will, and removes what no message comes to use.
    if (appended.left.type === 'LogUnavailable') return left(appendFailure(appended.left));
    await give(upload);
    if (appended.left.type !== 'AlreadyDone') return left(appendFailure(appended.left));
    const first = await firstAnswer(appended.left.result);
    return isLeft(first) ? first : right({ answer: first.right, position: appended.left.position });
  };

  return async (request) => {
    const { by, guildId, channelId, declaredType, source } = request;
    const allowed = await access.requireToWrite(by, guildId, channelId);
    if (isLeft(allowed)) return allowed;
    const refusal = refusalOf(request, limits.attachmentBytesMax);
    if (refusal !== null) return left(refusal);
    const headed = await readHead(source).catch(() => null);
    if (headed === null) return left(INVALID); // The sender broke off; nobody hears this.
    const { head, whole } = headed;
    const mimeType = head.length === 0 ? null : await storedType(head, declaredType, sniff);
    if (mimeType === null) return left(INVALID);
    const attachmentId = newId<'Attachment'>();
    const reserved = await reserveStorage(request, attachmentId);
    if (isLeft(reserved)) return reserved;
    const key = keys.fresh(attachmentScope(attachmentId));
    const upload = { request, attachmentId, mimeType, reservedBytes: reserved.right, key };
    const written = await storeBytes(upload, whole);
    const settled = isLeft(written)
      ? written
      : await settleStorage(request, attachmentId, written.right.sizeBytes);
    if (isLeft(written) || isLeft(settled)) {
      await give(upload);
      return isLeft(written) ? written : left({ type: 'Conflict' });
    }
    // Who may not write here any more, since it took so long, has uploaded nothing.
    const stillAllowed = await access.requireToWrite(by, guildId, channelId);
    if (isLeft(stillAllowed)) {
      await give(upload);
      return stillAllowed;
    }
    return finish(upload, written.right);
  };
};
