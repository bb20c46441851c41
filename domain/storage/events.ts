// What a person's files take up, in one stream, so that the quota holds however many uploads run at once, and so that all
// attachments of a message are bound by one append or none.
import * as t from 'io-ts';
import { eventKind, type EventOf } from '../shared/event-kind.ts';
import { AttachmentId, MessageId, UserId } from '../shared/ids.ts';
import { Timestamp } from '../shared/timestamp.ts';

const of = { userId: UserId, attachmentId: AttachmentId, at: Timestamp };

/** Before the first byte is stored; of an upload that doesn't say its length, as much as it may become. */
const StorageReserved = eventKind('StorageReserved', 1, t.strict({ ...of, bytes: t.Int }));
/** An upload turned out smaller than reserved. */
const StorageSettled = eventKind('StorageSettled', 1, t.strict({ ...of, bytes: t.Int }));
/** After bytes and key are gone: the last trace of an attachment. */
const StorageReleased = eventKind('StorageReleased', 1, t.strict(of));
/** Nobody used it in time; no message may use it from now on. */
const AttachmentAbandoned = eventKind('AttachmentAbandoned', 1, t.strict(of));
/**
 * Claims attachments for a message whose own event follows. `request` is the hash of the idempotency key that came with
 * it, so that a repeat after a crash in between goes on with the same message.
 */
const AttachmentsBound = eventKind(
  'AttachmentsBound',
  1,
  t.exact(
    t.intersection([
      t.type({
        userId: UserId,
        messageId: MessageId,
        attachmentIds: t.readonlyArray(AttachmentId),
        at: Timestamp,
      }),
      t.partial({ request: t.string }),
    ]),
  ),
);

export const STORAGE_EVENTS = [
  StorageReserved,
  StorageSettled,
  StorageReleased,
  AttachmentAbandoned,
  AttachmentsBound,
] as const;
export type StorageEvent = EventOf<(typeof STORAGE_EVENTS)[number]>;
