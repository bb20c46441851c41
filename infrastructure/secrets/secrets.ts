// What the installation must keep to itself, made on first start: see docs/operate.md for backing it up.
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import {
  createSecretFile,
  openSecretFolder,
  readSecretFile,
  SecretRefused,
} from './secret-file.ts';

const MASTER_KEY_BYTES = 32;
const PASSWORD_BYTES = 32;

export type Secrets = {
  readonly folder: string; // Mode 0700; the key ring lives there too
  readonly masterKey: Buffer; // 32 bytes: without it no sealed text can be opened again
  readonly databasePassword: string; // Of the embedded database
};

/** 32 bytes in base64 or base64url, as text; anything else is refused with `where` it stood. */
const parseMasterKey = (text: string, where: string): Buffer => {
  if (!/^[A-Za-z0-9+/_-]{43}=?$/.test(text)) {
    throw new SecretRefused(`${where} must hold 32 bytes in base64 (43 characters).`);
  }
  return Buffer.from(text, 'base64');
};

const parsePassword = (text: string, where: string): string => {
  if (!/^[\x21-\x7e]{16,256}$/.test(text)) {
    throw new SecretRefused(`${where} must hold 16 to 256 visible characters.`);
  }
  return text;
};

const fromFile = async (path: string, bytes: number): Promise<string> =>
  (await readSecretFile(path)) ??
  (await createSecretFile(path, randomBytes(bytes).toString('base64url')));

/**
 * The secrets of the installation: values given by configuration win and are not written down, others are read from
 * `<data>/secrets` or made there. Throws SecretRefused for a file that is damaged or open to others.
 */
export const loadSecrets = async ({
  dataDirectory,
  masterKey,
  databasePassword,
}: {
  readonly dataDirectory: string;
  readonly masterKey: string | null;
  readonly databasePassword: string | null;
}): Promise<Secrets> => {
  const folder = join(dataDirectory, 'secrets');
  await openSecretFolder(folder);
  const keyFile = join(folder, 'master-key');
  const passwordFile = join(folder, 'database-password');
  return {
    folder,
    masterKey: parseMasterKey(
      masterKey ?? (await fromFile(keyFile, MASTER_KEY_BYTES)),
      masterKey === null ? keyFile : 'FILAMENT_MASTER_KEY',
    ),
    databasePassword: parsePassword(
      databasePassword ?? (await fromFile(passwordFile, PASSWORD_BYTES)),
      databasePassword === null ? passwordFile : 'The database password',
    ),
  };
};
