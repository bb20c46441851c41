import { type Projector } from '../projector.ts';
import { insertKind, projectByRows } from '../row-changes.ts';

const ACCOUNT = insertKind('accounts', [
  ['user_id', 'text'],
  ['username', 'text'],
  ['registered_at', 'bigint'],
]);

/** Who there is, by name. */
export const accountsProjector: Projector = {
  name: 'accounts',
  version: 1,
  tables: ['accounts'],
  createTables: `
    CREATE TABLE {schema}.accounts (
      user_id       text COLLATE "C" PRIMARY KEY,
      username      text COLLATE "C", -- As first typed; null once erased
      registered_at bigint NOT NULL   -- Unix ms
    );`,
  createIndexes: '',
  keepSealed: [],
  ...projectByRows(['AccountRegistered'], (changes, { data }) => {
    changes.add(ACCOUNT, { key: data.userId, row: [data.userId, data.username, data.at] });
  }),
};
