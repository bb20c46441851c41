// What people deleted and when: the keys of these texts are to be destroyed once nobody can want them back. And whose
// accounts are erased.
import { type Recorded } from '../../application/event-store/event-store.ts';
import { type Projector } from '../projector.ts';
import {
  deleteKind,
  insertKind,
  projectByRows,
  updateKind,
  type RowChanges,
} from '../row-changes.ts';

const CREATE_TABLES = `
  CREATE TABLE {schema}.deleted (
    position   text COLLATE "C" PRIMARY KEY,
    scope      text COLLATE "C" NOT NULL, -- Of the data key
    deleted_at bigint NOT NULL            -- Unix ms
  );
  CREATE TABLE {schema}.accounts (
    user_id    text COLLATE "C" PRIMARY KEY,
    position   text COLLATE "C" NOT NULL,
    erased_at  bigint NOT NULL, -- Unix ms
    receipt_at text COLLATE "C" -- Position of the last receipt; null while it is not carried out
  );`;

const DELETED = insertKind('deleted', [
  ['position', 'text'],
  ['scope', 'text'],
  ['deleted_at', 'bigint'],
]);

const RESTORED = deleteKind('deleted', [['scope', 'text']]);

const ERASED = insertKind('accounts', [
  ['user_id', 'text'],
  ['position', 'text'],
  ['erased_at', 'bigint'],
]);
const RECEIPTED = updateKind('accounts', 1, [
  ['user_id', 'text'],
  ['receipt_at', 'text'],
]);

const TAKES = [
  'MessageDeleted',
  'MessageRestored',
  'AttachmentDeleted',
  'AccountErased',
  'ErasureReceipted',
] as const;
type Taken = Extract<Recorded, { readonly type: (typeof TAKES)[number] }>;

const change = (changes: RowChanges, { type, data, meta }: Taken): void => {
  const { position } = meta;
  switch (type) {
    case 'MessageDeleted': {
      // A deletion reads its scope, so that it is never taken out by a restoration that came before it.
      const scope = `message:${data.messageId}`;
      changes.add(DELETED, { key: position, reads: scope, row: [position, scope, data.at] });
      return;
    }
    case 'MessageRestored': {
      const scope = `message:${data.messageId}`;
      changes.add(RESTORED, { key: scope, row: [scope] });
      return;
    }
    case 'AttachmentDeleted': {
      const scope = `attachment:${data.attachmentId}`;
      changes.add(DELETED, { key: position, row: [position, scope, data.at] });
      return;
    }
    case 'AccountErased':
      changes.add(ERASED, { key: data.userId, row: [data.userId, position, data.at] });
      return;
    case 'ErasureReceipted':
      if (data.userId === null) return;
      changes.add(RECEIPTED, {
        key: `receipt:${data.userId}`,
        reads: data.userId,
        row: [data.userId, position],
      });
  }
};

/** Rows stay when the keys are gone: the table is made of the log, which does not know when that was. */
export const erasuresProjector: Projector = {
  name: 'erasures',
  version: 3,
  tables: ['deleted', 'accounts'],
  createTables: CREATE_TABLES,
  createIndexes: 'CREATE INDEX deleted_scope ON {schema}.deleted (scope);',
  keepSealed: [],
  ...projectByRows(TAKES, change),
};
