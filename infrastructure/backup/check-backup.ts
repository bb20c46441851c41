// Whether a backup is whole: every byte of every part, and that the log in it has no gap.
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { BackupDamaged } from './backup-damaged.ts';
import { partFile, readManifest, type Manifest, type PartName } from './manifest.ts';
import { drain, readPart, type Section } from './part-stream.ts';
import { openSealed } from './sealed-file.ts';
import { EVENTS } from './table-copy.ts';

const NEWLINE = 0x0a;
const TAB = 0x09;

/** Says of each row's first column, as the bytes of a table pass; a row may be cut anywhere. */
const firstColumns = (onColumn: (text: string) => void) => {
  let column: number[] = [];
  let isFirst = true;
  return (bytes: Buffer): void => {
    for (const byte of bytes) {
      if (byte === NEWLINE) {
        column = [];
        isFirst = true;
      } else if (!isFirst) continue;
      else if (byte === TAB) {
        onColumn(String.fromCharCode(...column));
        isFirst = false;
      } else column.push(byte);
    }
  };
};

const checkEvents = async (bytes: AsyncIterable<Buffer>): Promise<number> => {
  let last = 0;
  const look = firstColumns((text) => {
    if (Number(text) !== last + 1)
      throw new BackupDamaged(`The log goes from position ${last} to ${text}.`);
    last += 1;
  });
  for await (const piece of bytes) look(piece);
  return last;
};

const hashOf = async (file: string): Promise<string> => {
  const hash = createHash('sha256');
  for await (const bytes of createReadStream(file) as AsyncIterable<Buffer>) hash.update(bytes);
  return hash.digest('hex');
};

/** Reads one part of a backup, section by section. Throws BackupDamaged, naming the part. */
export const readBackupPart = async (
  folder: string,
  { name }: Pick<Manifest, 'name'>,
  part: PartName,
  key: Buffer,
  take: (section: Section, bytes: AsyncIterable<Buffer>) => Promise<void>,
): Promise<void> => {
  try {
    await readPart(openSealed(partFile(folder, part), key, `${name}/${part}`), take);
  } catch (error) {
    if (error instanceof BackupDamaged) throw new BackupDamaged(`${part}.part: ${error.message}`);
    throw error;
  }
};

const requireUnaltered = async (
  folder: string,
  { name: part, sha256 }: Manifest['parts'][number],
): Promise<void> => {
  const found = await hashOf(partFile(folder, part)).catch(() => null);
  if (found === null) throw new BackupDamaged(`${part}.part is missing.`);
  if (found !== sha256)
    throw new BackupDamaged(`${part}.part was altered: its SHA-256 is not the manifest’s.`);
};

/** Reads the whole backup and resolves with what it says of itself; throws BackupDamaged at the first thing wrong. */
export const checkBackup = async (
  folder: string,
  key: Buffer,
  onPart: (part: PartName) => void = () => {},
): Promise<Manifest> => {
  const manifest = await readManifest(folder, key);
  for (const part of manifest.parts) {
    onPart(part.name);
    await requireUnaltered(folder, part);
    await readBackupPart(folder, manifest, part.name, key, async (section, bytes) => {
      if (section.name !== EVENTS.name) return drain(bytes);
      const last = await checkEvents(bytes);
      if (last !== Number(manifest.position))
        throw new BackupDamaged(`The log ends at ${last}, not at ${Number(manifest.position)}.`);
    });
  }
  return manifest;
};

/** Reads the list of destroyed keys of a backup that nothing else is wanted of; throws BackupDamaged. */
export const checkDestroyed = async (
  folder: string,
  manifest: Manifest,
  key: Buffer,
): Promise<void> => {
  const part = manifest.parts.find(({ name }) => name === 'destroyed');
  if (part === undefined) throw new BackupDamaged('destroyed.part is not in the manifest.');
  await requireUnaltered(folder, part);
  await readBackupPart(folder, manifest, 'destroyed', key, (_, bytes) => drain(bytes));
};
