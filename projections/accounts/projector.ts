// What people say about themselves stays sealed here (docs/decisions/sealed-read-model.md): a row says which event holds
// the text, and has the box. Names are open, since they are sorted and looked for.
import { type Recorded } from '../../application/event-store/event-store.ts';
import { type Projector } from '../projector.ts';
import {
  deleteKind,
  insertKind,
  projectByRows,
  replaceKind,
  updateKind,
  type RowChanges,
} from '../row-changes.ts';

const CREATE_TABLES = `
  CREATE TABLE {schema}.accounts (
    user_id             text COLLATE "C" PRIMARY KEY,
    username            text COLLATE "C", -- As last typed; null once erased
    registered_at       bigint NOT NULL,  -- Unix ms
    about_box           text COLLATE "C",
    about_event_id      uuid,
    about_event_version smallint
  );
  CREATE TABLE {schema}.pictures (
    user_id    text COLLATE "C" NOT NULL,
    kind       text COLLATE "C" NOT NULL, -- avatar, banner
    picture_id text COLLATE "C" NOT NULL,
    version    bigint NOT NULL,
    mime_type  text COLLATE "C" NOT NULL,
    size_bytes bigint NOT NULL,
    sha256_hex text COLLATE "C", -- Null once erased
    PRIMARY KEY (user_id, kind)
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

const PICTURE = replaceKind('pictures', 2, [
  USER,
  ['kind', 'text'],
  ['picture_id', 'text'],
  ['version', 'bigint'],
  ['mime_type', 'text'],
  ['size_bytes', 'bigint'],
  ['sha256_hex', 'text'],
]);

const PICTURE_GONE = deleteKind('pictures', [USER, ['kind', 'text']]);

const TAKES = [
  'AccountRegistered',
  'ProfileUpdated',
  'ProfilePictureChanged',
  'AccountErased',
] as const;
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
    case 'ProfilePictureChanged': {
      const { kind, pictureId, version, mimeType, sizeBytes, sha256Hex } = event.data;
      changes.add(PICTURE, {
        key: `${kind}:${userId}`,
        row: [userId, kind, pictureId, version, mimeType, sizeBytes, sha256Hex],
      });
      return;
    }
    case 'AccountErased':
      changes.add(RENAMED, { key: `name:${userId}`, reads: userId, row: [userId, null] });
      changes.add(ABOUT_SET, {
        key: `about:${userId}`,
        reads: userId,
        row: [userId, null, null, null],
      });
      for (const kind of ['avatar', 'banner'] as const)
        changes.add(PICTURE_GONE, { key: `${kind}:${userId}`, row: [userId, kind] });
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
  version: 4,
  tables: ['accounts', 'pictures'],
  createTables: CREATE_TABLES,
  createIndexes: 'CREATE INDEX pictures_id ON {schema}.pictures (picture_id);',
  keepSealed: ['ProfileUpdated.aboutMarkdown'],
  ...projectByRows(TAKES, change),
};
