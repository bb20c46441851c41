// Looks for bytes that should be nowhere: in every file of a folder, and in all that a backup holds inside its seal.
import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { readBackupPart } from '../../backup/check-backup.ts';
import { readManifest } from '../../backup/manifest.ts';

export type Needle = { readonly name: string; readonly bytes: Buffer };

export const needlesOf = (words: readonly string[]): readonly Needle[] =>
  words.map((word) => ({ name: word, bytes: Buffer.from(word) }));

const inBytes = (bytes: Buffer, needles: readonly Needle[], where: string) =>
  needles.filter((each) => bytes.includes(each.bytes)).map(({ name }) => `${name} in ${where}`);

/** The needles that are in the bytes or the name of a file below a folder, and in which. */
export const findInFolder = async (
  root: string,
  needles: readonly Needle[],
): Promise<readonly string[]> => {
  const found: string[] = [];
  for (const entry of await readdir(root, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const file = path.join(entry.parentPath, entry.name);
    const name = path.relative(root, file);
    found.push(...inBytes(await readFile(file), needles, name));
    found.push(...inBytes(Buffer.from(name), needles, `the name of ${name}`));
  }
  return found;
};

/** The needles that are in a backup, opened, and in which table or file of it; or in such a file's name. */
export const findInBackup = async (
  folder: string,
  key: Buffer,
  needles: readonly Needle[],
): Promise<readonly string[]> => {
  const found: string[] = [];
  const manifest = await readManifest(folder, key);
  for (const { name: part } of manifest.parts)
    await readBackupPart(folder, manifest, part, key, async ({ name }, bytes) => {
      const pieces: Buffer[] = [Buffer.from(`${name}\n`)];
      for await (const piece of bytes) pieces.push(piece);
      found.push(...inBytes(Buffer.concat(pieces), needles, name));
    });
  return found;
};
