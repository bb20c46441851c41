// Canaries: texts that must not be found anywhere in the log, in any form, down to the bytes of its files (invariant I4),
// and secrets that must not be found in it at all (invariant I5).
import { randomBytes } from 'node:crypto';
import { isRight } from 'fp-ts/lib/Either.js';
import * as t from 'io-ts';
import { type DomainEvent } from '../../application/event-store/event-catalogue.ts';
import {
  type EventLog,
  type ExpectedRevision,
  type VaultWrite,
} from '../../application/event-store/event-log.ts';
import { type EventStore } from '../../application/event-store/event-store.ts';
import { type MessageId } from '../../domain/shared/ids.ts';
import { LOG_MIGRATIONS } from '../event-log/postgres/migrations.ts';
import { createPostgresLog } from '../event-log/postgres/postgres-log.ts';
import { queryRows } from '../postgres/database.ts';
import { migrate } from '../postgres/migrations.ts';
import { freshDatabase, type TestDatabase } from '../testing/database.ts';
import { createDataKeys, type DataKeys } from '../vault/data-keys.ts';
import { VAULT_MIGRATIONS } from '../vault/migrations.ts';
import { createPasswordVault } from '../vault/password-vault.ts';
import { createSaltTable } from '../vault/salt-table.ts';
import { createSessionVault } from '../vault/session-vault.ts';
import { createEventStore } from './event-store.ts';
import { guildId, messageId, noon, SAMPLES, sessionId, userId } from './testing/samples.ts';
import { createUuidV7 } from './uuid-v7.ts';

const canary = (kind: string): string => `canary-${kind}-${randomBytes(8).toString('hex')}`;
const CANARIES = {
  username: canary('username'),
  newName: canary('new-name'),
  about: `${canary('about')} with *ünïcode* 🪴`,
  guild: canary('guild'),
  renamed: canary('renamed'),
  role: canary('role'),
  channel: canary('channel'),
  message: `${canary('message')} with ünïcode 🪴`,
  edit: canary('edit'),
  emoji: canary('emoji'),
  file: `${canary('file')}.png`,
  sha256: canary('sha256'),
  phc: `$argon2id$v=19$m=19456,t=2,p=1$${canary('phc')}`,
};
const otherMessage = '01J00000000000000000000MS2' as MessageId;
const masterKey = randomBytes(32);

const Found = t.type({ found: t.boolean });
const Named = t.type({ name: t.string });

describe('the log of a server in use', () => {
  let database: TestDatabase;
  let log: EventLog;
  let store: EventStore;
  let dataKeys: DataKeys;
  let refreshToken: string;

  const append = async (
    stream: string,
    expected: ExpectedRevision,
    events: readonly DomainEvent[],
    vault: readonly VaultWrite[] = [],
  ): Promise<void> => {
    const context = { actor: 'system', correlationId: '00000000-0000-4000-8000-000000000001' };
    const appended = await store.append({ stream, expected, events, context, vault })();
    if (!isRight(appended)) throw new Error(appended.left.type);
  };
  const sessions = () =>
    createSessionVault({ pool: database.pool, masterKey, idleSecs: 1_000, absoluteSecs: 2_000 });

  const signUp = async (): Promise<void> => {
    const session = sessions().begin({ sessionId, userId, now: noon });
    refreshToken = session.refreshToken;
    await append(
      `account-${userId}`,
      'no_stream',
      [
        {
          type: 'AccountRegistered',
          data: { ...SAMPLES.AccountRegistered, username: CANARIES.username },
        },
      ],
      [{ kind: 'password', userId, phc: CANARIES.phc }],
    );
    const changed = { username: CANARIES.newName, aboutMarkdown: CANARIES.about };
    const data = { ...SAMPLES.ProfileUpdated, ...changed };
    await append(`account-${userId}`, 0, [{ type: 'ProfileUpdated', data }]);
    const started: DomainEvent = { type: 'SessionStarted', data: SAMPLES.SessionStarted };
    await append(`session-${sessionId}`, 'no_stream', [started], [session.write]);
  };

  const talk = async (): Promise<void> => {
    const named = <Type extends 'GuildCreated' | 'GuildUpdated' | 'RoleCreated' | 'ChannelCreated'>(
      type: Type,
      name: string,
    ) => ({ type, data: { ...SAMPLES[type], name } }) as DomainEvent;
    await append(`guild-${guildId}`, 'no_stream', [
      named('GuildCreated', CANARIES.guild),
      named('RoleCreated', CANARIES.role),
    ]);
    await append(`guild-${guildId}`, 1, [named('ChannelCreated', CANARIES.channel)]);
    await append(`guild-${guildId}`, 2, [named('GuildUpdated', CANARIES.renamed)]);
    for (const id of [messageId, otherMessage]) {
      const posted = { ...SAMPLES.MessagePosted, messageId: id, content: CANARIES.message };
      const edited = { ...SAMPLES.MessageEdited, messageId: id, content: CANARIES.edit };
      const reacted = { ...SAMPLES.ReactionAdded, messageId: id, emoji: CANARIES.emoji };
      await append(`message-${id}`, 'no_stream', [{ type: 'MessagePosted', data: posted }]);
      await append(`message-${id}`, 0, [{ type: 'MessageEdited', data: edited }]);
      await append(`message-${id}`, 'any', [{ type: 'ReactionAdded', data: reacted }]);
    }
    const file = { filename: CANARIES.file, sha256Hex: CANARIES.sha256 };
    const uploaded = { ...SAMPLES.AttachmentUploaded, ...file };
    await append(`attachment-${uploaded.attachmentId}`, 'no_stream', [
      { type: 'AttachmentUploaded', data: uploaded },
    ]);
  };

  // Names of friends are looked up when shown; their events have ids only.
  const befriend = async (): Promise<void> => {
    const { FriendRequested, FriendRequestAccepted, FriendRemoved } = SAMPLES;
    await append(`friendship-${FriendRequested.recipientId}:${userId}`, 'no_stream', [
      { type: 'FriendRequested', data: FriendRequested },
      { type: 'FriendRequestAccepted', data: FriendRequestAccepted },
      { type: 'FriendRemoved', data: FriendRemoved },
    ]);
  };

  beforeAll(async () => {
    database = await freshDatabase();
    const { url, pool } = database;
    await migrate(pool, [...LOG_MIGRATIONS, ...VAULT_MIGRATIONS]);
    log = createPostgresLog({ url, pool, queueMax: 100 });
    dataKeys = createDataKeys({ masterKey, salts: createSaltTable({ pool }) });
    store = createEventStore({ log, dataKeys, newUuid: createUuidV7({ now: () => noon }) });
    await signUp();
    await talk();
    await befriend();
  });
  afterAll(async () => {
    await log.close();
    await database.drop();
  });

  const tablesOf = async (schema: string): Promise<readonly string[]> =>
    (
      await queryRows(
        database.pool,
        Named,
        `SELECT format('%I.%I', schemaname, tablename) AS name FROM pg_tables WHERE schemaname = $1`,
        [schema],
      )
    ).map(({ name }) => name);

  // As text, and as it would look in hexadecimal or base64 (a bytea column, an encoded field).
  const formsOf = (text: string): readonly string[] => [
    text,
    Buffer.from(text).toString('hex'),
    Buffer.from(text).toString('base64url').slice(0, -2),
  ];

  const isIn = async (table: string, text: string): Promise<boolean> => {
    const rows = await queryRows(
      database.pool,
      Found,
      `SELECT EXISTS (SELECT FROM ${table} x, unnest($1::text[]) form
                       WHERE position(form IN x::text) > 0) AS found`,
      [formsOf(text)],
    );
    return rows[0]?.found ?? true;
  };

  const isInFile = async (path: string, text: string): Promise<boolean> => {
    const rows = await queryRows(
      database.pool,
      Found,
      'SELECT position($2::bytea IN pg_read_binary_file($1)) > 0 AS found',
      [path, Buffer.from(text)],
    );
    return rows[0]?.found ?? true;
  };

  it('reads back what was written', async () => {
    const [posted, edited, reacted] = await store.load(`message-${messageId}`);
    expect(posted).toMatchObject({ data: { content: CANARIES.message } });
    expect(edited).toMatchObject({ data: { content: CANARIES.edit } });
    expect(reacted).toMatchObject({ data: { emoji: CANARIES.emoji } });
    const names = (await store.load(`guild-${guildId}`)).map(
      ({ data }) => 'name' in data && data.name,
    );
    expect((await store.load(`account-${userId}`)).map(({ data }) => data)).toMatchObject([
      { username: CANARIES.username },
      { username: CANARIES.newName, aboutMarkdown: CANARIES.about },
    ]);
    expect(names).toEqual([CANARIES.guild, CANARIES.role, CANARIES.channel, CANARIES.renamed]);
    const { attachmentId } = SAMPLES.AttachmentUploaded;
    expect(await store.load(`attachment-${attachmentId}`)).toMatchObject([
      { data: { filename: CANARIES.file, sha256Hex: CANARIES.sha256 } },
    ]);
    const passwords = createPasswordVault({ pool: database.pool });
    expect(await passwords.phcOf(userId)).toBe(CANARIES.phc);
    expect((await sessions().holderOf(refreshToken))?.sessionId).toBe(sessionId);
  });

  it('holds no canary in any column of any table of the log', async () => {
    const tables = await tablesOf('log');
    expect(tables).toContain('log.events');
    for (const table of tables) {
      for (const text of [...Object.values(CANARIES), refreshToken]) {
        expect({ table, text, found: await isIn(table, text) }).toMatchObject({ found: false });
      }
    }
  });

  it('holds only ids and times of who is whose friend', async () => {
    const { recipientId } = SAMPLES.FriendRequested;
    const events = await log.readStream(`friendship-${recipientId}:${userId}`);
    expect(events).toHaveLength(3);
    for (const { payload } of events)
      for (const value of Object.values(JSON.parse(payload) as Record<string, unknown>))
        expect(String(value)).toMatch(/^(?:[0-9A-HJKMNP-TV-Z]{26}|\d+)$/);
  });

  it('keeps no text and no refresh token in the vault either, only keys and hashes', async () => {
    const { phc, ...texts } = CANARIES;
    for (const table of await tablesOf('vault')) {
      for (const text of [...Object.values(texts), refreshToken]) {
        expect({ table, text, found: await isIn(table, text) }).toMatchObject({ found: false });
      }
    }
    expect(await isIn('vault.passwords', phc)).toBe(true); // The search finds what is there.
  });

  it('holds no canary in the bytes of its files', async () => {
    const { pool } = database;
    await pool.query('CHECKPOINT');
    const files = await queryRows(
      pool,
      Named,
      `SELECT pg_relation_filepath(c.oid) AS name FROM pg_class c
         JOIN pg_namespace n ON n.oid = c.relnamespace
        WHERE n.nspname = 'log' AND c.relkind IN ('r', 'i')
       UNION ALL
       SELECT pg_relation_filepath(c.reltoastrelid) FROM pg_class c
         JOIN pg_namespace n ON n.oid = c.relnamespace
        WHERE n.nspname = 'log' AND c.reltoastrelid <> 0`,
    );
    expect(files.length).toBeGreaterThan(3);
    for (const { name } of files) {
      for (const text of Object.values(CANARIES)) expect(await isInFile(name, text)).toBe(false);
    }
    const passwords = `SELECT pg_relation_filepath('vault.passwords') AS name`;
    const [vaultFile] = await queryRows(pool, Named, passwords);
    expect(await isInFile(vaultFile!.name, CANARIES.phc)).toBe(true);
  });

  it('holds no sealed text in its write-ahead log', async () => {
    const current = `SELECT 'pg_wal/' || pg_walfile_name(pg_current_wal_lsn()) AS name`;
    const [wal] = await queryRows(database.pool, Named, current);
    const texts = Object.values(CANARIES).filter((text) => text !== CANARIES.phc);
    for (const text of texts) expect(await isInFile(wal!.name, text)).toBe(false);
  });

  // Raw changes of the log, as somebody with the database in hands could make.
  const tamper = async (sql: string): Promise<void> => {
    await database.pool.query(
      `BEGIN; ALTER TABLE log.events DISABLE TRIGGER no_change; ${sql};
       ALTER TABLE log.events ENABLE TRIGGER no_change; COMMIT`,
    );
  };
  const typesByPlace = async () => {
    const types = new Map<string, string>();
    for (const event of await store.readAll(store.start, 100)) {
      types.set(`${event.meta.stream} ${event.meta.revision}`, event.type);
    }
    return types;
  };
  const setPayload = (stream: string, revision: number, payload: string): string =>
    `UPDATE log.events SET payload = ${payload} WHERE stream = '${stream}' AND revision = ${revision}`;

  it('shows it when a text was put in the place of another', async () => {
    const stream = `message-${messageId}`;
    const [event] = await log.readStream(stream, { limit: 1 });
    const [other] = await log.readStream(`message-${otherMessage}`, { limit: 1 });
    const original = `'${event!.payload}'`;
    const boxOf = (payload: string) => (JSON.parse(payload) as { content: string }).content;
    const swapped = original.replace(boxOf(event!.payload), boxOf(other!.payload));
    const flipped = original.replace(/(?<="content":"1[\w-]{20})./, (c) => (c === 'A' ? 'B' : 'A'));
    for (const payload of [swapped, flipped]) {
      expect(payload).not.toBe(original);
      await tamper(setPayload(stream, 0, payload));
      expect((await typesByPlace()).get(`${stream} 0`)).toBe('Undecodable');
    }
    await tamper(setPayload(stream, 0, original));
    expect((await typesByPlace()).get(`${stream} 0`)).toBe('MessagePosted');
  });

  it('reads as null what was erased, and nothing else', async () => {
    await dataKeys.destroy(`message:${messageId}`);
    await dataKeys.destroy(`account:${userId}`);
    const erased = await store.load(`message-${messageId}`);
    expect(erased.map(({ type }) => type)).toEqual([
      'MessagePosted',
      'MessageEdited',
      'ReactionAdded',
    ]);
    expect(erased).toMatchObject([
      { data: { content: null } },
      { data: { content: null } },
      { data: { emoji: null } },
    ]);
    expect(await store.load(`account-${userId}`)).toMatchObject([
      { data: { username: null } },
      { data: { username: null, aboutMarkdown: null } },
    ]);
    expect(await store.load(`message-${otherMessage}`)).toMatchObject([
      { data: { content: CANARIES.message } },
      { data: { content: CANARIES.edit } },
      { data: { emoji: CANARIES.emoji } },
    ]);
  });
});
