// What people deleted and when: the keys of these texts are to be destroyed once nobody can want them back.
import { type Recorded } from '../../application/event-store/event-store.ts';
import { type Projector } from '../projector.ts';
import { deleteKind, insertKind, projectByRows, type RowChanges } from '../row-changes.ts';

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

const RESTORED = deleteKind('deleted', [['scope', 'text']]);

const TAKES = ['MessageDeleted', 'MessageRestored'] as const;
type Taken = Extract<Recorded, { readonly type: (typeof TAKES)[number] }>;

const change = (changes: RowChanges, { type, data, meta }: Taken): void => {
  const scope = `message:${data.messageId}`;
  // A deletion reads its scope, so that it is never taken out by a restoration that came before it.
  if (type === 'MessageDeleted')
    changes.add(DELETED, {
      ...{ key: meta.position, reads: scope },
      row: [meta.position, scope, data.at],
    });
  else changes.add(RESTORED, { key: scope, row: [scope] });
};

/** Rows stay when the keys are gone: the table is made of the log, which does not know when that was. */
export const erasuresProjector: Projector = {
  name: 'erasures',
  version: 2,
  tables: ['deleted'],
  createTables: CREATE_TABLES,
  createIndexes: 'CREATE INDEX deleted_scope ON {schema}.deleted (scope);',
  keepSealed: [],
  ...projectByRows(TAKES, change),
};
