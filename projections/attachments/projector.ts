// Names and hashes stay sealed here, as message texts do (docs/decisions/sealed-read-model.md).
import { type Recorded } from '../../application/event-store/event-store.ts';
import { type Projector } from '../projector.ts';
import {
  deleteKind,
  insertKind,
  projectByRows,
  updateKind,
  type RowChanges,
} from '../row-changes.ts';

// `reservations` is what housekeeping goes by: everything a person's storage still holds, whether or not it came to be an
// attachment, until bytes and key are gone.
const CREATE_TABLES = `
  CREATE TABLE {schema}.attachments (
    attachment_id text COLLATE "C" PRIMARY KEY,
    guild_id      text COLLATE "C" NOT NULL,
    channel_id    text COLLATE "C" NOT NULL,
    owner_id      text COLLATE "C" NOT NULL,
    filename_box  text COLLATE "C",
    sha256_box    text COLLATE "C",
    mime_type     text COLLATE "C" NOT NULL,
    size_bytes    bigint NOT NULL,
    uploaded_at   bigint NOT NULL, -- Unix ms
    event_id      uuid NOT NULL,
    event_version smallint NOT NULL,
    message_id    text COLLATE "C" -- Null until a message uses it
  );
  CREATE TABLE {schema}.reservations (
    attachment_id text COLLATE "C" PRIMARY KEY,
    user_id       text COLLATE "C" NOT NULL,
    reserved_at   bigint NOT NULL, -- Unix ms
    is_uploaded   boolean NOT NULL,
    is_used       boolean NOT NULL, -- By a message
    is_doomed     boolean NOT NULL  -- Deleted, and not all of it is gone yet
  );`;

const ID = ['attachment_id', 'text'] as const;
const RESERVED = insertKind('reservations', [
  ID,
  ['user_id', 'text'],
  ['reserved_at', 'bigint'],
  ['is_uploaded', 'boolean'],
  ['is_used', 'boolean'],
  ['is_doomed', 'boolean'],
]);
const RESERVATION_UPLOADED = updateKind('reservations', 1, [ID, ['is_uploaded', 'boolean']]);
const RESERVATION_USED = updateKind('reservations', 1, [ID, ['is_used', 'boolean']]);
const RESERVATION_DOOMED = updateKind('reservations', 1, [ID, ['is_doomed', 'boolean']]);
const RELEASED = deleteKind('reservations', [ID]);
const UPLOADED = insertKind('attachments', [
  ID,
  ['guild_id', 'text'],
  ['channel_id', 'text'],
  ['owner_id', 'text'],
  ['filename_box', 'text'],
  ['sha256_box', 'text'],
  ['mime_type', 'text'],
  ['size_bytes', 'bigint'],
  ['uploaded_at', 'bigint'],
  ['event_id', 'uuid'],
  ['event_version', 'smallint'],
]);
const USED = updateKind('attachments', 1, [ID, ['message_id', 'text']]);
const GONE = deleteKind('attachments', [ID]);

const TAKES = [
  'AttachmentUploaded',
  'AttachmentDeleted',
  'MessagePosted',
  'MessageDeleted',
  'StorageReserved',
  'StorageReleased',
  'AttachmentAbandoned',
] as const;
type Taken = Extract<Recorded, { readonly type: (typeof TAKES)[number] }>;

const upload = (changes: RowChanges, event: Taken & { type: 'AttachmentUploaded' }): void => {
  const { attachmentId, guildId, channelId, ownerId, at, ...file } = event.data;
  const { eventId, version } = event.meta;
  const place = [attachmentId, guildId, channelId, ownerId];
  const facts = [file.filename, file.sha256Hex, file.mimeType, file.sizeBytes, at];
  changes.add(UPLOADED, { key: attachmentId, row: [...place, ...facts, eventId, version] });
  changes.add(RESERVATION_UPLOADED, { key: attachmentId, row: [attachmentId, true] });
};

/** Of no more use to anyone: out of sight at once, and for housekeeping if whoever did it dies before it is all gone. */
const doom = (changes: RowChanges, attachmentId: string): void => {
  changes.add(GONE, { key: attachmentId, row: [attachmentId] });
  changes.add(RESERVATION_DOOMED, { key: attachmentId, row: [attachmentId, true] });
};

// Every change of an attachment's rows has its id for a key, so that they stay in the order of the log.
const change = (changes: RowChanges, event: Taken): void => {
  switch (event.type) {
    case 'AttachmentUploaded':
      upload(changes, event);
      return;
    case 'AttachmentDeleted':
    case 'AttachmentAbandoned':
      doom(changes, event.data.attachmentId);
      return;
    case 'MessagePosted':
      for (const id of event.data.attachmentIds) {
        changes.add(USED, { key: id, row: [id, event.data.messageId] });
        changes.add(RESERVATION_USED, { key: id, row: [id, true] });
      }
      return;
    case 'MessageDeleted':
      for (const id of event.data.attachmentIds ?? []) doom(changes, id);
      return;
    case 'StorageReserved': {
      const { attachmentId, userId, at } = event.data;
      const row = [attachmentId, userId, at, false, false, false];
      changes.add(RESERVED, { key: attachmentId, row });
      return;
    }
    case 'StorageReleased': {
      const { attachmentId } = event.data;
      changes.add(RELEASED, { key: attachmentId, row: [attachmentId] });
    }
  }
};

/** Attachments that are there, and what housekeeping may still have to remove. */
export const attachmentsProjector: Projector = {
  name: 'attachments',
  version: 1,
  tables: ['attachments', 'reservations'],
  createTables: CREATE_TABLES,
  createIndexes: `
    CREATE INDEX attachments_message ON {schema}.attachments (message_id)
      WHERE message_id IS NOT NULL;
    CREATE INDEX reservations_unused ON {schema}.reservations (attachment_id)
      WHERE is_doomed OR NOT is_used;`,
  keepSealed: ['AttachmentUploaded.filename', 'AttachmentUploaded.sha256Hex'],
  ...projectByRows(TAKES, change),
};
