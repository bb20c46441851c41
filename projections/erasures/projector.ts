// What people deleted and when: the keys of these texts are to be destroyed once nobody can want them back.
import { type Recorded } from '../../application/event-store/event-store.ts';
import { type Projector } from '../projector.ts';
import { insertKind, projectByRows, type RowChanges } from '../row-changes.ts';

const CREATE_TABLES = `
  CREATE TABLE {schema}.deleted (
    position   text COLLATE "C" PRIMARY KEY,
    scope      text COLLATE "C" NOT NULL, -- Of the data key
    deleted_at bigint NOT NULL            -- Unix ms
  );`;

const DELETED = insertKind('deleted', [
  ['position', 'text'],
  ['scope', 'text'],
  ['deleted_at', 'bigint'],
]);

const TAKES = ['MessageDeleted'] as const;
type Taken = Extract<Recorded, { readonly type: (typeof TAKES)[number] }>;

const change = (changes: RowChanges, { data, meta }: Taken): void =>
  changes.add(DELETED, {
    key: meta.position,
    row: [meta.position, `message:${data.messageId}`, data.at],
  });

/** Rows stay when the keys are gone: the table is made of the log, which does not know when that was. */
export const erasuresProjector: Projector = {
  name: 'erasures',
  version: 1,
  tables: ['deleted'],
  createTables: CREATE_TABLES,
  createIndexes: '',
  keepSealed: [],
  ...projectByRows(TAKES, change),
};
