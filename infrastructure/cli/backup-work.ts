// What the commands on backups do: `filament backup create|restore`.
import path from 'node:path';
import { BLOB_KINDS } from '../../application/blob/blob-store.ts';
import { CORE_PROJECTORS } from '../../projections/core-projectors.ts';
import { installationId } from '../auth/tokens.ts';
import { checkBackup } from '../backup/check-backup.ts';
import { createBackup, type StoredFile } from '../backup/create-backup.ts';
import { printOf, type Manifest, type PartName } from '../backup/manifest.ts';
import {
  backupsBeside,
  requireEmptyDirectory,
  requireListsOfDestroyed,
  requireRestorable,
  restoreFiles,
  RestoreRefused,
  restoreSecrets,
  restoreTables,
  type Source,
} from '../backup/restore-backup.ts';
import { markRestoring, unmarkRestoring } from '../backup/restore-marker.ts';
import { type ObjectStore } from '../blob/object-store.ts';
import { openObjects } from '../blob/open-blob-store.ts';
import { type Config } from '../config/config.ts';
import { createLog } from '../logging/log.ts';
import { eraseAgain } from '../erasure/erase-again.ts';
import { createPool, type Pool } from '../postgres/database.ts';
import { recordAct } from '../projections/record-act.ts';
import { createProjectionRunner } from '../projections/runner.ts';
import { loadSecrets, type Secrets } from '../secrets/secrets.ts';
import { MIGRATIONS, openDatabase, openFoundation } from '../server/foundation.ts';
import { endProgress, showProgress } from './output.ts';
import { progressLine, withFoundation } from './projection-work.ts';

const FULL_RANGE = { start: 0, end: Number.MAX_SAFE_INTEGER };

async function* filesOf(objects: ObjectStore): AsyncGenerator<StoredFile> {
  for (const kind of BLOB_KINDS)
    for await (const { name } of objects.list(kind)) {
      const found = await objects.get(name, FULL_RANGE);
      if (found !== null) yield { name, bytes: found.chunks }; // Else it was deleted meanwhile.
    }
}

const openStored = (config: Config, { masterKey }: Pick<Secrets, 'masterKey'>) =>
  openObjects(config, {
    installation: installationId(masterKey),
    log: createLog({ level: 'error' }),
  });

const patientPool = (url: string): Pool =>
  createPool({ url, name: 'backup', max: 2, statementTimeoutMs: 0 });

/** Makes a backup beside a running server, or alone, and has the log tell of it. */
export const backUp = (
  config: Config,
  { folder, key, parts }: { folder: string; key: Buffer; parts: ReadonlySet<PartName> },
): Promise<Manifest> =>
  withFoundation(config, async (foundation) => {
    const { databaseUrl, secrets, clock } = foundation;
    const objects = await openStored(config, secrets);
    const pool = patientPool(databaseUrl);
    const started = performance.now();
    try {
      const manifest = await createBackup(
        {
          pool,
          secretsFolder: secrets.folder,
          masterKey: secrets.masterKey,
          storedFiles: () => filesOf(objects),
          clock,
          onProgress: ({ part, done, total }) => {
            const perSecond = (done * 1000) / (performance.now() - started);
            const left = total > done ? `, ${Math.ceil((total - done) / perSecond)} s left` : '';
            const rate = part === 'log' ? `, ${Math.round(perSecond).toLocaleString('en')}/s` : '';
            showProgress(`${part}: ${done.toLocaleString('en')}${rate}${left}`);
          },
        },
        { folder, key, parts },
      );
      await recordAct(foundation, 'operator', {
        type: 'BackupCreated',
        data: {
          backup: manifest.name,
          position: manifest.position,
          parts: manifest.parts.map(({ name }) => name),
          at: clock.now(),
        },
      });
      return manifest;
    } finally {
      endProgress();
      objects.close?.();
      await pool.end();
    }
  });

type Wish = { readonly log: string; readonly vault: string; readonly key: Buffer };

const check = async (folder: string, key: Buffer): Promise<Source> => ({
  folder,
  manifest: await checkBackup(folder, key, (part) =>
    showProgress(`checking ${path.basename(folder)}: ${part}`),
  ),
});

const openSecrets = (config: Config): Promise<Secrets> =>
  loadSecrets({
    dataDirectory: path.resolve(config.dataDirectory),
    masterKey: config.masterKey,
    databasePassword: null,
  });

const fillDatabase = async (
  config: Config,
  sources: Parameters<typeof restoreTables>[1],
  key: Buffer,
): Promise<void> => {
  const secrets = await openSecrets(config);
  if (printOf(secrets.masterKey) !== sources.vault.manifest.masterKeyPrint)
    throw new RestoreRefused(
      'The master key is another one than that of the backup. Set FILAMENT_MASTER_KEY to the one it was made with, or unset it if it was kept in the data directory.',
    );
  const database = await openDatabase(config, secrets, createLog({ level: 'error' }));
  const pool = patientPool(database.url);
  try {
    showProgress('log and vault');
    await restoreTables(pool, sources, key, MIGRATIONS);
  } finally {
    await pool.end();
    await database.stop();
  }
};

const storeAgain = async (config: Config, source: Source, key: Buffer): Promise<number> => {
  const objects = await openStored(config, await openSecrets(config));
  try {
    return await restoreFiles(source, key, objects);
  } finally {
    objects.close?.();
  }
};

/** Builds the read models, and has the log tell that it was restored. */
const finish = async (config: Config, { manifest }: Source): Promise<void> => {
  const foundation = await openFoundation(config, createLog({ level: 'error' }));
  const pool = patientPool(foundation.databaseUrl);
  try {
    const runner = createProjectionRunner({
      pool,
      store: foundation.store,
      projectors: CORE_PROJECTORS,
      onRebuild: (name, progress) => showProgress(progressLine(name, progress)),
    });
    await runner.start();
    runner.stop();
    const { name: backup, position, storeId } = manifest;
    const data = { backup, position, storeId, at: foundation.clock.now() };
    await recordAct(foundation, 'operator', { type: 'BackupRestored', data });
    await eraseAgain(foundation);
  } finally {
    await pool.end();
    await foundation.close();
  }
};

/** Checks a backup whole, and only then makes an empty data directory (and database) the installation it is of. */
export const restore = async (
  config: Config,
  { log: logFolder, vault: vaultFolder, key }: Wish,
): Promise<{ readonly manifest: Manifest; readonly files: number }> => {
  const dataDirectory = path.resolve(config.dataDirectory);
  try {
    const log = await check(logFolder, key);
    const vault = vaultFolder === logFolder ? log : await check(vaultFolder, key);
    requireRestorable(log, vault, MIGRATIONS);
    await requireEmptyDirectory(dataDirectory);
    const knowsDestroyed = await backupsBeside([log, vault], key);
    await requireListsOfDestroyed(knowsDestroyed, key);
    await restoreSecrets(vault, key, dataDirectory);
    await markRestoring(dataDirectory);
    await fillDatabase(config, { log, vault, knowsDestroyed }, key);
    const hasFiles = log.manifest.parts.some(({ name }) => name === 'attachments');
    showProgress('attachments');
    const files = hasFiles ? await storeAgain(config, log, key) : 0;
    await unmarkRestoring(dataDirectory);
    await finish(config, log);
    return { manifest: log.manifest, files };
  } finally {
    endProgress();
  }
};
