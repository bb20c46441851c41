// Reasons stay sealed here, like the texts of messages (docs/decisions/sealed-read-model.md).
import { type Recorded } from '../../application/event-store/event-store.ts';
import { unixSeconds } from '../../domain/shared/timestamp.ts';
import { type Projector } from '../projector.ts';
import { deleteKind, insertKind, projectByRows, type RowChanges } from '../row-changes.ts';

const CREATE_TABLES = `
  CREATE TABLE {schema}.bans (
    guild_id             text COLLATE "C" NOT NULL,
    created_unix         integer NOT NULL,
    ban_id               text COLLATE "C" NOT NULL,
    source_user_id       text COLLATE "C" NOT NULL,
    expires_at           bigint, -- Unix ms
    reason_box           text COLLATE "C",
    reason_event_id      uuid NOT NULL,
    reason_event_version smallint NOT NULL,
    PRIMARY KEY (guild_id, ban_id)
  );`;

const ADDED = insertKind('bans', [
  ['guild_id', 'text'],
  ['created_unix', 'integer'],
  ['ban_id', 'text'],
  ['source_user_id', 'text'],
  ['expires_at', 'bigint'],
  ['reason_box', 'text'],
  ['reason_event_id', 'uuid'],
  ['reason_event_version', 'smallint'],
]);
const LIFTED = deleteKind('bans', [
  ['guild_id', 'text'],
  ['ban_id', 'text'],
]);

const TAKES = ['IpBansAdded', 'IpBanLifted'] as const;
type Taken = Extract<Recorded, { readonly type: (typeof TAKES)[number] }>;

const change = (changes: RowChanges, { type, data, meta }: Taken): void => {
  const { guildId } = data;
  if (type === 'IpBanLifted') {
    changes.add(LIFTED, { key: `${guildId}:${data.banId}`, row: [guildId, data.banId] });
    return;
  }
  const created = unixSeconds(data.at);
  const shared = [data.sourceUserId, data.expiresAt, data.reason, meta.eventId, meta.version];
  for (const banId of data.banIds)
    changes.add(ADDED, { key: `${guildId}:${banId}`, row: [guildId, created, banId, ...shared] });
};

/** The bans of addresses that were not lifted, ended ones included: a table can't know what time it is. */
export const ipBansProjector: Projector = {
  name: 'ipbans',
  version: 1,
  tables: ['bans'],
  createTables: CREATE_TABLES,
  createIndexes: `
    CREATE INDEX bans_newest ON {schema}.bans (guild_id, created_unix DESC, ban_id DESC);`,
  keepSealed: ['IpBansAdded.reason'],
  ...projectByRows(TAKES, change),
};
