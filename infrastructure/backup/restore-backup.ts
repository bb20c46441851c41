// Puts a backup into an empty installation: secrets, then log and vault in one transaction, then what was erased since,
// then the attachments' bytes. Read models are built from the log afterwards.
import { mkdir, readdir } from 'node:fs/promises';
import path from 'node:path';
import * as t from 'io-ts';
import { type ObjectStore } from '../blob/object-store.ts';
import { type Connection, inTransaction, type Pool, queryRows } from '../postgres/database.ts';
import { migrate, type Migration } from '../postgres/migrations.ts';
import { createSecretFile, openSecretFolder } from '../secrets/secret-file.ts';
import { BackupDamaged } from './backup-damaged.ts';
import { checkDestroyed, readBackupPart } from './check-backup.ts';
import { listBackups } from './list-backups.ts';
import { type Manifest, type PartName } from './manifest.ts';
import { drain } from './part-stream.ts';
import { DESTROYED, loadTable } from './table-copy.ts';

/** Why a backup can't be put here; the message says what to do. */
export class RestoreRefused extends Error {
  override readonly name = 'RestoreRefused';
}

/** A part of a backup that was checked. */
export type Source = { readonly folder: string; readonly manifest: Manifest };

const SECRET_NAME = /^secrets\/[a-z0-9][a-z0-9._-]{0,63}$/;
const OBJECT_NAME = /^[a-z]+\/[0-9A-Za-z][0-9A-Za-z.-]{0,127}$/;
const SECRET_BYTES_MAX = 65_536;

const has = ({ manifest }: Source, part: PartName): boolean =>
  manifest.parts.some(({ name }) => name === part);

/** Refuses what can't become an installation of this program, before anything is touched. */
export const requireRestorable = (
  log: Source,
  vault: Source,
  migrations: readonly Migration[],
): void => {
  for (const [source, part] of [
    [log, 'log'],
    [vault, 'vault'],
  ] as const)
    if (!has(source, part))
      throw new RestoreRefused(`${source.manifest.name} has no ${part}: name one that has it.`);
  if (log.manifest.storeId !== vault.manifest.storeId)
    throw new RestoreRefused('Log and vault are of two different installations.');
  const needed = [...log.manifest.migrations, ...vault.manifest.migrations];
  const unknown = needed.filter((id) => !migrations.some((each) => each.id === id));
  if (unknown.length > 0)
    throw new RestoreRefused(
      `The backup was made by a newer program (it knows ${[...new Set(unknown)].join(', ')}). Restore it with that one.`,
    );
};

const isEmptyFolder = async (folder: string): Promise<boolean> =>
  (await readdir(folder).catch(() => [])).length === 0;

/** Refuses a data directory in which anything lies. */
export const requireEmptyDirectory = async (dataDirectory: string): Promise<void> => {
  if (!(await isEmptyFolder(dataDirectory)))
    throw new RestoreRefused(
      `${dataDirectory} is not empty. Name an empty FILAMENT_DATA_DIR to restore into.`,
    );
};

const gather = async (bytes: AsyncIterable<Buffer>, max: number): Promise<Buffer> => {
  const pieces: Buffer[] = [];
  let size = 0;
  for await (const piece of bytes) {
    size += piece.length;
    if (size > max) throw new BackupDamaged('A secret is too long.');
    pieces.push(piece);
  }
  return Buffer.concat(pieces);
};

/** Writes the secrets of the installation that the vault is of. */
export const restoreSecrets = async (
  { folder, manifest }: Source,
  key: Buffer,
  dataDirectory: string,
): Promise<void> => {
  await mkdir(dataDirectory, { recursive: true });
  await openSecretFolder(path.join(dataDirectory, 'secrets'));
  await readBackupPart(folder, manifest, 'vault', key, async (section, bytes) => {
    if (section.kind !== 'file') return drain(bytes);
    if (!SECRET_NAME.test(section.name))
      throw new BackupDamaged(`${section.name} is no name of a secret.`);
    const text = (await gather(bytes, SECRET_BYTES_MAX)).toString('utf8').trim();
    await createSecretFile(path.join(dataDirectory, section.name), text);
  });
};

const Count = t.type({ n: t.Int });

const requireEmptyTables = async (pool: Pool): Promise<void> => {
  const [row] = await queryRows(
    pool,
    Count,
    'SELECT (SELECT count(*) FROM (SELECT FROM log.events LIMIT 1) e)::int + (SELECT count(*) FROM (SELECT FROM vault.data_keys LIMIT 1) k)::int AS n',
  );
  if (row?.n !== 0) throw new RestoreRefused('The database holds an installation already.');
};

const loadPart = async (
  connection: Connection,
  { folder, manifest }: Source,
  part: PartName,
  key: Buffer,
): Promise<void> =>
  readBackupPart(folder, manifest, part, key, (section, bytes) =>
    section.kind === 'table' ? loadTable(connection, section, bytes) : drain(bytes),
  );

const OF_PEOPLE = ['vault.passwords', 'vault.ip_observations'] as const;

/** Destroys again what was destroyed after the vault was backed up, as far as any later backup knows. */
const destroyAgain = async (
  connection: Connection,
  sources: readonly Source[],
  key: Buffer,
): Promise<void> => {
  for (const { folder, manifest } of sources) {
    await connection.query(`CREATE TEMPORARY TABLE gone (LIKE ${DESTROYED.name}) ON COMMIT DROP`);
    await readBackupPart(folder, manifest, 'destroyed', key, (section, bytes) =>
      section.kind === 'table' && section.name === DESTROYED.name
        ? loadTable(connection, section, bytes, 'gone')
        : drain(bytes),
    );
    await connection.query('DELETE FROM vault.data_keys k USING gone WHERE gone.scope = k.scope');
    // The key of an account is only ever destroyed with the account: nobody may sign in to it again.
    for (const table of OF_PEOPLE)
      await connection.query(
        `DELETE FROM ${table} p USING gone WHERE gone.scope = 'account:' || p.user_id`,
      );
    // Also of those that this vault never had: an even older one may be restored over this log some day.
    await connection.query(
      `INSERT INTO ${DESTROYED.name} SELECT * FROM gone ON CONFLICT (scope) DO NOTHING`,
    );
    await connection.query('DROP TABLE gone');
  }
};

/**
 * All backups beside the sources that are of the same installation: each may know of keys that were destroyed. By the master
 * key, since a restored log has another identity, and what is destroyed then must not come back from before.
 */
export const backupsBeside = async (
  sources: readonly Source[],
  key: Buffer,
): Promise<readonly Source[]> => {
  const found = new Map<string, Source>();
  for (const { folder, manifest } of sources)
    for (const beside of await listBackups(path.dirname(path.resolve(folder)), key))
      if (beside.manifest.masterKeyPrint === manifest.masterKeyPrint)
        found.set(path.resolve(beside.folder), beside);
  return [...found.values()];
};

/**
 * Refuses when a list that the restore must go by can't be read: without it, what was erased could come back, and half-way
 * is too late to say so.
 */
export const requireListsOfDestroyed = async (
  sources: readonly Source[],
  key: Buffer,
): Promise<void> => {
  for (const { folder, manifest } of sources)
    await checkDestroyed(folder, manifest, key).catch((error: unknown) => {
      if (!(error instanceof BackupDamaged)) throw error;
      throw new RestoreRefused(
        `${folder}, which tells what was erased: ${error.message} Nothing was restored. ` +
          'Put a whole copy of it there, or move it away if a newer backup beside it can be read.',
      );
    });
};

/** Fills an empty database, by the tables the backup was made of, which are then brought up to date. */
export const restoreTables = async (
  pool: Pool,
  sources: {
    readonly log: Source;
    readonly vault: Source;
    readonly knowsDestroyed: readonly Source[];
  },
  key: Buffer,
  migrations: readonly Migration[],
): Promise<void> => {
  const { log, vault, knowsDestroyed } = sources;
  const known = new Set([...log.manifest.migrations, ...vault.manifest.migrations]);
  const then = migrations.filter(({ id }) => known.has(id));
  await migrate(pool, then);
  await requireEmptyTables(pool);
  await inTransaction(pool, async (connection) => {
    await connection.query('SET LOCAL idle_in_transaction_session_timeout = 0');
    await loadPart(connection, log, 'log', key);
    await loadPart(connection, vault, 'vault', key);
    await destroyAgain(connection, knowsDestroyed, key);
  });
  await migrate(pool, migrations);
};

/** Stores the attachments' bytes again; resolves with how many there are. */
export const restoreFiles = async (
  { folder, manifest }: Source,
  key: Buffer,
  objects: Pick<ObjectStore, 'put'>,
): Promise<number> => {
  let files = 0;
  await readBackupPart(folder, manifest, 'attachments', key, async (section, bytes) => {
    if (section.kind !== 'file' || !OBJECT_NAME.test(section.name))
      throw new BackupDamaged(`${section.name} is no name of a file.`);
    await objects.put(section.name, bytes);
    files += 1;
  });
  return files;
};
