import { type AttachmentId, type MessageId } from '../shared/ids.ts';
import { type Timestamp } from '../shared/timestamp.ts';
import { type StorageEvent } from './events.ts';

type Binding = {
  readonly messageId: MessageId;
  readonly request: string | null;
  readonly at: Timestamp;
};
export type StoredItem = {
  readonly bytes: number;
  readonly binding: Binding | null;
  readonly isAbandoned: boolean;
};

// Split by the last digit of their ids, so that a change copies a small part of many items and not all.
type Items = ReadonlyMap<string, ReadonlyMap<AttachmentId, StoredItem>>;

/** What one person keeps. */
export type Storage = {
  readonly usedBytes: number;
  readonly count: number;
  readonly items: Items;
};

export const EMPTY_STORAGE: Storage = { usedBytes: 0, count: 0, items: new Map() };

const partOf = (id: AttachmentId): string => id.slice(-1);

/** One item; undefined when nothing is reserved for it. */
export const itemOf = ({ items }: Storage, id: AttachmentId): StoredItem | undefined =>
  items.get(partOf(id))?.get(id);

const withItem = (storage: Storage, id: AttachmentId, item: StoredItem | null): Storage => {
  const before = itemOf(storage, id);
  const part = new Map(storage.items.get(partOf(id)));
  if (item === null) part.delete(id);
  else part.set(id, item);
  return {
    usedBytes: storage.usedBytes - (before?.bytes ?? 0) + (item?.bytes ?? 0),
    count: storage.count - (before === undefined ? 0 : 1) + (item === null ? 0 : 1),
    items: new Map(storage.items).set(partOf(id), part),
  };
};

const changed = (storage: Storage, id: AttachmentId, change: Partial<StoredItem>): Storage => {
  const item = itemOf(storage, id);
  return item === undefined ? storage : withItem(storage, id, { ...item, ...change });
};

/** Folds an event into a person's storage. Total: events out of place change nothing. */
export const evolveStorage = (storage: Storage, { type, data }: StorageEvent): Storage => {
  switch (type) {
    case 'StorageReserved':
      return itemOf(storage, data.attachmentId) === undefined
        ? withItem(storage, data.attachmentId, {
            bytes: data.bytes,
            binding: null,
            isAbandoned: false,
          })
        : storage;
    case 'StorageSettled':
      return changed(storage, data.attachmentId, { bytes: data.bytes });
    case 'StorageReleased':
      return withItem(storage, data.attachmentId, null);
    case 'AttachmentAbandoned':
      return changed(storage, data.attachmentId, { isAbandoned: true });
    case 'AttachmentsBound': {
      const { messageId, attachmentIds, request = null, at } = data;
      const binding = { messageId, request, at };
      return attachmentIds.reduce((after, id) => changed(after, id, { binding }), storage);
    }
  }
};
