// Files that hold a secret: made once, readable by their owner only, never half written.
import { randomBytes } from 'node:crypto';
import { constants } from 'node:fs';
import { link, mkdir, open, rename, stat, unlink, type FileHandle } from 'node:fs/promises';
import { dirname } from 'node:path';

/** A secret that must not be used; the message names the file and says what to do, never the secret. */
export class SecretRefused extends Error {
  override readonly name = 'SecretRefused';
}

const OTHERS = 0o077;
// A ring of keys is the largest secret there is; nothing legitimate comes near this.
const SECRET_BYTES_MAX = 65_536;

const refuseOthers = (path: string, mode: number, fix: string): void => {
  // Windows has no such bits: there the folder's access list is the administrator's matter.
  if (process.platform !== 'win32' && (mode & OTHERS) !== 0) {
    throw new SecretRefused(`${path} is open to other users of this machine. Run: ${fix} ${path}`);
  }
};

const codeOf = (error: unknown): unknown =>
  typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined;

/** Makes the folder with mode 0700; refuses one that others may look into. */
export const openSecretFolder = async (path: string): Promise<void> => {
  await mkdir(path, { recursive: true, mode: 0o700 });
  refuseOthers(path, (await stat(path)).mode, 'chmod 700');
};

const readChecked = async (path: string, file: FileHandle): Promise<string> => {
  const { mode, size } = await file.stat();
  refuseOthers(path, mode, 'chmod 600');
  if (size > SECRET_BYTES_MAX) throw new SecretRefused(`${path} is too long to be a secret.`);
  return (await file.readFile('utf8')).trim();
};

/** The file's text, or null if there is none. Follows no link: what is checked is what is read. */
export const readSecretFile = async (path: string): Promise<string | null> => {
  try {
    const file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW);
    try {
      return await readChecked(path, file);
    } finally {
      await file.close();
    }
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return null;
    if (codeOf(error) === 'ELOOP') {
      throw new SecretRefused(`${path} is a link. Put the file itself there.`);
    }
    throw error;
  }
};

const syncFolder = async (path: string): Promise<void> => {
  if (process.platform === 'win32') return; // Windows can't open a folder.
  const folder = await open(path, 'r');
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
};

const writeBeside = async (path: string, text: string): Promise<string> => {
  const draft = `${path}.${randomBytes(6).toString('hex')}`;
  const file = await open(draft, 'wx', 0o600);
  try {
    await file.writeFile(`${text}\n`);
    await file.sync();
  } finally {
    await file.close();
  }
  return draft;
};

/** Makes the file unless another process was first; either way resolves to the text that stands. */
export const createSecretFile = async (path: string, text: string): Promise<string> => {
  const draft = await writeBeside(path, text);
  try {
    await link(draft, path); // Unlike a rename, refuses to replace.
  } catch (error) {
    if (codeOf(error) !== 'EEXIST') throw error;
  } finally {
    await unlink(draft);
  }
  await syncFolder(dirname(path));
  return (await readSecretFile(path)) ?? text;
};

/** Replaces the file in one step: a reader or a crash finds the old text or the new one. */
export const replaceSecretFile = async (path: string, text: string): Promise<void> => {
  await rename(await writeBeside(path, text), path);
  await syncFolder(dirname(path));
};
