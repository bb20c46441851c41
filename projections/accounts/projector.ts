// What people say about themselves stays sealed here (docs/decisions/sealed-read-model.md): a row says which event holds
// the text, and has the box. Names are open, since they are sorted and looked for.
import { type Recorded } from '../../application/event-store/event-store.ts';
import { type Projector } from '../projector.ts';
import { insertKind, projectByRows, updateKind, type RowChanges } from '../row-changes.ts';

const CREATE_TABLES = `
  CREATE TABLE {schema}.accounts (
    user_id             text COLLATE "C" PRIMARY KEY,
    username            text COLLATE "C", -- As last typed; null once erased
    registered_at       bigint NOT NULL,  -- Unix ms
    about_box           text COLLATE "C",
    about_event_id      uuid,
    about_event_version smallint
  );`;

const USER = ['user_id', 'text'] as const;
const REGISTERED = insertKind('accounts', [
  USER,
  ['username', 'text'],
  ['registered_at', 'bigint'],
]);
const RENAMED = updateKind('accounts', 1, [USER, ['username', 'text']]);
const ABOUT_SET = updateKind('accounts', 1, [
  USER,
  ['about_box', 'text'],
  ['about_event_id', 'uuid'],
  ['about_event_version', 'smallint'],
]);

const TAKES = ['AccountRegistered', 'ProfileUpdated'] as const;
type Taken = Extract<Recorded, { readonly type: (typeof TAKES)[number] }>;

const change = (changes: RowChanges, event: Taken): void => {
  const { userId } = event.data;
  switch (event.type) {
    case 'AccountRegistered':
      changes.add(REGISTERED, {
        key: userId,
        row: [userId, event.data.username, event.data.at],
      });
      return;
    case 'ProfileUpdated': {
      const { username, aboutMarkdown } = event.data;
      const { eventId, version } = event.meta;
      if (username !== undefined)
        changes.add(RENAMED, { key: `name:${userId}`, reads: userId, row: [userId, username] });
      if (aboutMarkdown !== undefined)
        changes.add(ABOUT_SET, {
          key: `about:${userId}`,
          reads: userId,
          row: [userId, aboutMarkdown, eventId, version],
        });
    }
  }
};

/** Who there is, by name, and what they show of themselves. */
export const accountsProjector: Projector = {
  name: 'accounts',
  version: 2,
  tables: ['accounts'],
  createTables: CREATE_TABLES,
  createIndexes: '',
  keepSealed: ['ProfileUpdated.aboutMarkdown'],
  ...projectByRows(TAKES, change),
};
