// Jest's global set-up of the integration project: one PostgreSQL for all spec files, shared with test runs beside this one.
import { randomBytes } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { type EmbeddedPostgres, startEmbeddedPostgres } from '../postgres/embedded.ts';
import { dropAbandonedDatabases, TEST_URL } from './database.ts';

declare global {
  // Jest loads set-up and tear-down as separate modules of one process: a global is the only way from one to the other.
  var testPostgres: EmbeddedPostgres | undefined;
}

const keptPassword = async (file: string): Promise<string> => {
  const made = randomBytes(24).toString('hex');
  await writeFile(file, made, { mode: 0o600, flag: 'wx' }).catch(() => undefined);
  return readFile(file, 'utf8');
};

const startPostgres = async (): Promise<void> => {
  if (globalThis.testPostgres !== undefined) return; // Another project of this run has started it.
  const home = path.join(os.tmpdir(), `filament-test-${os.userInfo().uid}`);
  await mkdir(home, { recursive: true, mode: 0o711 });
  globalThis.testPostgres = await startEmbeddedPostgres({
    dataDir: path.join(home, 'postgres'),
    password: await keptPassword(path.join(home, 'password')),
    settings: { max_connections: '200', shared_buffers: '128MB' },
  });
  process.env[TEST_URL] = globalThis.testPostgres.url;
  await dropAbandonedDatabases();
};

// eslint-disable-next-line no-restricted-syntax -- Jest calls the default export
export default startPostgres;
