// Makes a backup while the server serves: log and vault out of one snapshot of the database, so that every event has the
// keys it had then; then the attachments' bytes, which are sealed as they stand.
import { mkdir, rename, rm } from 'node:fs/promises';
import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import * as t from 'io-ts';
import { type Clock } from '../../application/ports.ts';
import { syncFolder } from '../disk/sync-folder.ts';
import { type Connection, type Pool, queryRows } from '../postgres/database.ts';
import {
  MANIFEST_FILE,
  manifestText,
  partFile,
  printOf,
  type Manifest,
  type PartName,
} from './manifest.ts';
import { type OutgoingSection, writePart } from './part-stream.ts';
import { seal, writeFile } from './sealed-file.ts';
import { DESTROYED, EVENTS, tableSection, VAULT_TABLES } from './table-copy.ts';

export type BackupProgress = {
  readonly part: PartName;
  readonly done: number;
  readonly total: number;
};

export type BackupPorts = {
  readonly pool: Pool; // Without a limit on the time of a statement
  readonly secretsFolder: string;
  readonly masterKey: Buffer;
  /** The files of attachments and pictures, as they are at rest. */
  readonly storedFiles: () => AsyncIterable<StoredFile>;
  readonly clock: Clock;
  readonly onProgress?: (progress: BackupProgress) => void;
};

export type StoredFile = { readonly name: string; readonly bytes: AsyncIterable<Buffer> };

export type BackupWish = {
  readonly folder: string; // In which a folder of the backup's own is made
  readonly key: Buffer;
  readonly parts: ReadonlySet<PartName>;
};

// The password is of the embedded database, and a restored installation makes its own. The receipt may be of a seal later
// than the snapshot: it would make the restored log look cut off.
const NOT_KEPT = new Set(['database-password', 'last-seal']);

const Head = t.type({ position: t.string, store_id: t.string });
const Id = t.type({ id: t.string });

const headOf = async (connection: Connection): Promise<t.TypeOf<typeof Head>> => {
  const [head] = await queryRows(
    connection,
    Head,
    `SELECT lpad((SELECT coalesce(max(position), 0)::text FROM log.events), 20, '0') AS position,
            store_id::text FROM log.meta`,
  );
  if (head === undefined) throw new Error('The log has no identity.');
  return head;
};

async function* logSections(connection: Connection): AsyncGenerator<OutgoingSection> {
  yield await tableSection(connection, EVENTS);
}

async function* bytesOf(bytes: Buffer) {
  yield await Promise.resolve(bytes);
}

async function* vaultSections(
  connection: Connection,
  secretsFolder: string,
): AsyncGenerator<OutgoingSection> {
  for (const table of VAULT_TABLES) yield await tableSection(connection, table);
  for (const entry of await readdir(secretsFolder, { withFileTypes: true })) {
    if (!entry.isFile() || NOT_KEPT.has(entry.name)) continue;
    const bytes = await readFile(path.join(secretsFolder, entry.name));
    yield {
      section: { kind: 'file', name: `secrets/${entry.name}` },
      bytes: bytesOf(bytes),
    };
  }
}

async function* destroyedSections(connection: Connection): AsyncGenerator<OutgoingSection> {
  yield await tableSection(connection, DESTROYED);
}

async function* fileSections(files: AsyncIterable<StoredFile>): AsyncGenerator<OutgoingSection> {
  for await (const { name, bytes } of files) yield { section: { kind: 'file', name }, bytes };
}

type Writing = {
  readonly folder: string;
  readonly name: string;
  readonly key: Buffer;
  readonly total: number; // Events
  readonly onProgress: (progress: BackupProgress) => void;
};

const writePartFile = async (
  { folder, name, key, total, onProgress }: Writing,
  part: PartName,
  sections: AsyncGenerator<OutgoingSection>,
): Promise<Manifest['parts'][number]> => {
  const sum = { rows: 0, files: 0 };
  async function* counted() {
    for await (const outgoing of sections) {
      if (outgoing.section.kind === 'file') sum.files += 1;
      yield outgoing;
    }
  }
  const plain = writePart(counted(), (_, rows) => {
    sum.rows += rows;
    onProgress(
      part === 'log' ? { part, done: sum.rows, total } : { part, done: sum.files, total: 0 },
    );
  });
  const written = await writeFile(partFile(folder, part), seal(plain, key, `${name}/${part}`));
  return { name: part, ...written, ...sum };
};

const nameOf = (madeAt: string, position: string): string =>
  `filament-${madeAt.replaceAll(/[-:]/g, '').replace(/\.\d+Z$/, 'Z')}-${Number(position)}`;

const writeAll = async (
  connection: Connection,
  { storedFiles, secretsFolder, masterKey, clock, onProgress = () => {} }: BackupPorts,
  { folder: into, key, parts: wanted }: BackupWish,
): Promise<Manifest> => {
  const { position, store_id: storeId } = await headOf(connection);
  const madeAt = new Date(clock.now()).toISOString();
  const name = nameOf(madeAt, position);
  const folder = path.join(into, `.${name}.unfinished`);
  await mkdir(into, { recursive: true });
  await mkdir(folder, { mode: 0o700 });
  try {
    const writing = { folder, name, key, total: Number(position), onProgress };
    const sources: Record<PartName, () => AsyncGenerator<OutgoingSection>> = {
      log: () => logSections(connection),
      vault: () => vaultSections(connection, secretsFolder),
      // Always there, since it is what keeps an older vault from giving back what was erased.
      destroyed: () => destroyedSections(connection),
      attachments: () => fileSections(storedFiles()),
    };
    const parts: Manifest['parts'][number][] = [];
    for (const part of ['log', 'vault', 'destroyed', 'attachments'] as const)
      if (part === 'destroyed' || wanted.has(part))
        parts.push(await writePartFile(writing, part, sources[part]()));
    const rows = await queryRows(connection, Id, 'SELECT id FROM ops.migrations ORDER BY id');
    const manifest: Manifest = {
      ...{ format: 1, name, madeAt, storeId, position },
      migrations: rows.map(({ id }) => id),
      masterKeyPrint: printOf(masterKey),
      parts,
    };
    await writeFile(
      path.join(folder, MANIFEST_FILE),
      bytesOf(Buffer.from(manifestText(manifest, key))),
    );
    await syncFolder(folder);
    await rename(folder, path.join(into, name));
    await syncFolder(into);
    return manifest;
  } catch (error) {
    await rm(folder, { recursive: true, force: true });
    throw error;
  }
};

/** Writes a backup into a new folder of its own; whole when it resolves, and no trace of it when it rejects. */
export const createBackup = async (ports: BackupPorts, wish: BackupWish): Promise<Manifest> => {
  const connection = await ports.pool.connect();
  try {
    await connection.query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY');
    await connection.query('SET LOCAL idle_in_transaction_session_timeout = 0');
    return await writeAll(connection, ports, wish);
  } finally {
    connection.release(true); // Rolls back, and ends a COPY that was broken off.
  }
};
