import { left, right, type Either } from 'fp-ts/lib/Either.js';
import type * as t from 'io-ts';
import { type Decider } from '../shared/decider.ts';
import { type AttachmentId, type MessageId, type UserId } from '../shared/ids.ts';
import { type Timestamp } from '../shared/timestamp.ts';
import { type StorageEvent } from './events.ts';
import { EMPTY_STORAGE, evolveStorage, itemOf, type Storage } from './storage.ts';

type Of = { readonly userId: UserId; readonly attachmentId: AttachmentId; readonly at: Timestamp };
type Reserve = Of & {
  readonly bytesMin: number; // Less than this is of no use: as much as the sender declares, or one byte
  readonly bytesMax: number; // What is reserved where the quota allows it
  readonly quotaBytes: number;
  readonly itemsMax: number;
};
/** Messages that claimed attachments and never came, because the server died in between: their claims are void. */
type NeverPosted = { readonly neverPosted: ReadonlySet<MessageId> };
type Bind = NeverPosted & {
  readonly userId: UserId;
  readonly messageId: MessageId;
  readonly attachmentIds: readonly AttachmentId[]; // Each once
  readonly request: string | null;
  readonly at: Timestamp;
};

export type StorageCommand =
  | { readonly type: 'Reserve'; readonly data: Reserve }
  | { readonly type: 'Settle'; readonly data: Of & { readonly bytes: number } }
  | { readonly type: 'Bind'; readonly data: Bind }
  | { readonly type: 'Abandon'; readonly data: Of & NeverPosted }
  | { readonly type: 'Release'; readonly data: Of };

export type StorageRejection = { readonly type: 'QuotaExceeded' | 'NotAvailable' };
type Decision = Either<StorageRejection, readonly StorageEvent[]>;

const NOTHING: Decision = right([]); // Already as asked.
const NOT_AVAILABLE: Decision = left({ type: 'NotAvailable' });

const whole = (bytes: number): t.Int => bytes as t.Int; // Counted by us, so whole.
const only = ({ userId, attachmentId, at }: Of): Of => ({ userId, attachmentId, at });

const reserve = (data: Reserve, storage: Storage): Decision => {
  if (itemOf(storage, data.attachmentId) !== undefined) return NOTHING;
  const bytes = Math.min(data.bytesMax, data.quotaBytes - storage.usedBytes);
  if (bytes < data.bytesMin || storage.count >= data.itemsMax)
    return left({ type: 'QuotaExceeded' });
  return right([{ type: 'StorageReserved', data: { ...only(data), bytes: whole(bytes) } }]);
};

const bind = (
  { userId, messageId, attachmentIds, request, at, neverPosted }: Bind,
  storage: Storage,
): Decision => {
  let bound = 0;
  for (const id of attachmentIds) {
    const item = itemOf(storage, id);
    if (item === undefined || item.isAbandoned) return NOT_AVAILABLE;
    const { binding } = item;
    if (binding?.messageId === messageId) bound += 1;
    else if (binding !== null && !neverPosted.has(binding.messageId)) return NOT_AVAILABLE;
  }
  if (bound === attachmentIds.length) return NOTHING;
  const data = { userId, messageId, attachmentIds, at, ...(request !== null && { request }) };
  return right([{ type: 'AttachmentsBound', data }]);
};

const abandon = (data: Of & NeverPosted, storage: Storage): Decision => {
  const item = itemOf(storage, data.attachmentId);
  if (item === undefined || item.isAbandoned) return NOTHING;
  if (item.binding !== null && !data.neverPosted.has(item.binding.messageId)) return NOT_AVAILABLE;
  return right([{ type: 'AttachmentAbandoned', data: only(data) }]);
};

const decide = ({ type, data }: StorageCommand, storage: Storage): Decision => {
  switch (type) {
    case 'Reserve':
      return reserve(data, storage);
    case 'Settle': {
      const item = itemOf(storage, data.attachmentId);
      // More than was reserved can't have been stored: whoever writes stops there.
      if (item === undefined || data.bytes > item.bytes) return NOT_AVAILABLE;
      if (item.bytes === data.bytes) return NOTHING;
      return right([{ type: 'StorageSettled', data: { ...only(data), bytes: whole(data.bytes) } }]);
    }
    case 'Bind':
      return bind(data, storage);
    case 'Abandon':
      return abandon(data, storage);
    case 'Release':
      return itemOf(storage, data.attachmentId) === undefined
        ? NOTHING
        : right([{ type: 'StorageReleased', data: only(data) }]);
  }
};

/** A person's quota and what their attachments are used for. */
export const storageDecider: Decider<StorageCommand, Storage, StorageEvent, StorageRejection> = {
  initialState: EMPTY_STORAGE,
  decide,
  evolve: evolveStorage,
};
