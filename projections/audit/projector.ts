import {
  AUDITED_TYPES,
  auditEntriesOf,
  type AuditedType,
} from '../../application/audit/audit-entries.ts';
import { type Recorded } from '../../application/event-store/event-store.ts';
import { type Projector } from '../projector.ts';
import { insertKind, projectByRows, type RowChanges } from '../row-changes.ts';
import { auditId } from './audit-id.ts';

const CREATE_TABLES = `
  CREATE TABLE {schema}.entries (
    guild_id       text COLLATE "C" NOT NULL,
    audit_id       text COLLATE "C" NOT NULL,
    created_unix   integer NOT NULL,
    actor_user_id  text COLLATE "C" NOT NULL,
    target_user_id text COLLATE "C",
    action         text COLLATE "C" NOT NULL,
    details        json NOT NULL, -- Ids only
    PRIMARY KEY (guild_id, audit_id)
  );`;

const ENTRY = insertKind('entries', [
  ['guild_id', 'text'],
  ['audit_id', 'text'],
  ['created_unix', 'integer'],
  ['actor_user_id', 'text'],
  ['target_user_id', 'text'],
  ['action', 'text'],
  ['details', 'json'],
]);

type Audited = Extract<Recorded, { readonly type: AuditedType }>;

const change = (changes: RowChanges, event: Audited): void => {
  const { recordedAt, position } = event.meta;
  for (const [row, entry] of auditEntriesOf(event).entries()) {
    const { guildId, actorId, targetId, action, details } = entry;
    const id = auditId(recordedAt, position, row);
    const created = Math.floor(recordedAt / 1000);
    changes.add(ENTRY, {
      key: id,
      row: [guildId, id, created, actorId, targetId, action, JSON.stringify(details)],
    });
  }
};

/** Who did what in a guild: ids and actions, nothing that people wrote. */
export const auditProjector: Projector = {
  name: 'audit',
  version: 1,
  tables: ['entries'],
  createTables: CREATE_TABLES,
  createIndexes: `
    CREATE INDEX entries_action ON {schema}.entries (guild_id, action, audit_id DESC);`,
  keepSealed: [],
  ...projectByRows(AUDITED_TYPES, change),
};
