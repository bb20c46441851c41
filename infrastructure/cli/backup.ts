// `filament backup key|create|list|verify|restore`: beside a running server on the same data directory, or alone.
import { randomBytes } from 'node:crypto';
import path from 'node:path';
import { type Command } from 'commander';
import { BackupDamaged } from '../backup/backup-damaged.ts';
import { checkBackup } from '../backup/check-backup.ts';
import { listBackups } from '../backup/list-backups.ts';
import { PART_NAMES, type Manifest, type PartName } from '../backup/manifest.ts';
import { RestoreRefused } from '../backup/restore-backup.ts';
import { type Config } from '../config/config.ts';
import { isError } from '../logging/is-error.ts';
import { createSecretFile, readSecretFile, SecretRefused } from '../secrets/secret-file.ts';
import { backUp, restore } from './backup-work.ts';
import { CommandFailed, endProgress, print, showProgress, textTable } from './output.ts';

const KEY = /^[A-Za-z0-9+/_-]{43}=?$/;
const KEY_BYTES = 32;

type KeyOption = { readonly keyFile?: string };
type Options = KeyOption & { readonly json?: boolean };

const requireKey = async (config: Config, { keyFile }: KeyOption): Promise<Buffer> => {
  const text = keyFile === undefined ? config.backupKey : await readSecretFile(keyFile);
  if (text === null)
    throw new CommandFailed(
      keyFile === undefined
        ? 'Backups are encrypted. Make a key with `filament backup key FILE`, keep it elsewhere than the backups, and name it with --key-file or FILAMENT_BACKUP_KEY_FILE.'
        : `There is no key file ${keyFile}. \`filament backup key ${keyFile}\` makes one.`,
    );
  if (!KEY.test(text)) throw new CommandFailed('The key must be 32 bytes in base64.');
  return Buffer.from(text, 'base64');
};

/** What the operator can do something about, as a message; anything else as it came. */
const explained = async <A>(work: () => Promise<A>): Promise<A> => {
  try {
    return await work();
  } catch (error) {
    const isTheirs =
      error instanceof BackupDamaged ||
      error instanceof RestoreRefused ||
      error instanceof SecretRefused ||
      (isError(error) && 'code' in error && typeof error.code === 'string');
    if (isTheirs) throw new CommandFailed(error.message, { cause: error });
    throw error;
  } finally {
    endProgress();
  }
};

const MIB = 1024 * 1024;

const row = ({ name, madeAt, position, parts }: Manifest) => ({
  backup: name,
  madeAt,
  events: Number(position),
  parts: parts.map((part) => part.name).join(','),
  mebibytes: Number((parts.reduce((sum, { bytes }) => sum + bytes, 0) / MIB).toFixed(1)),
});

const partsOf = (text: string): ReadonlySet<PartName> => {
  const wanted = text.split(',').map((part) => part.trim());
  const chosen = PART_NAMES.filter((name) => wanted.includes(name) && name !== 'destroyed');
  if (chosen.length !== wanted.length)
    throw new CommandFailed('--parts takes some of log, vault and attachments, with commas.');
  return new Set(chosen);
};

const makeKey = async (file: string): Promise<void> => {
  const made = randomBytes(KEY_BYTES).toString('base64url');
  const stands = await createSecretFile(file, made);
  if (stands !== made) throw new CommandFailed(`${file} exists already and was left as it is.`);
  print(false, null, `Made ${file}. Without it no backup can be opened: keep a copy elsewhere.`);
};

type CreateOptions = Options & { readonly to: string; readonly parts: string };

const create = async (config: Config, options: CreateOptions): Promise<void> => {
  const { to: folder, parts, json = false } = options;
  const key = await requireKey(config, options);
  if (config.eventStoreUrl !== null && partsOf(parts).has('log'))
    throw new CommandFailed(
      'The log is in KurrentDB, which has backups of its own: take those, and make one of --parts vault,attachments here.',
    );
  const manifest = await explained(() => backUp(config, { folder, key, parts: partsOf(parts) }));
  print(
    json,
    { ...manifest, folder: path.join(folder, manifest.name) },
    textTable([row(manifest)]),
  );
};

const list = async (folder: string, { json = false }: Options): Promise<void> => {
  const found = await explained(() => listBackups(folder));
  const manifests = found.map(({ manifest }) => manifest);
  print(json, { backups: manifests }, textTable(manifests.map(row)));
};

const verify = async (config: Config, folder: string, options: Options): Promise<void> => {
  const key = await requireKey(config, options);
  const manifest = await explained(() =>
    checkBackup(folder, key, (part) => showProgress(`checking: ${part}`)),
  );
  print(options.json ?? false, manifest, `${textTable([row(manifest)])}\nIt is whole.`);
};

const restoreFrom = async (
  config: Config,
  folder: string,
  options: Options & { readonly vault?: string },
): Promise<void> => {
  const key = await requireKey(config, options);
  const { vault = folder, json = false } = options;
  const { manifest, files } = await explained(() => restore(config, { log: folder, vault, key }));
  print(
    json,
    { restored: manifest.name, position: manifest.position, files },
    `Restored ${manifest.name}: ${Number(manifest.position)} events, ${files} files. Everyone signs in anew. Start the server with \`npm start\`.`,
  );
};

const KEY_FILE = ['--key-file <file>', 'the key (else FILAMENT_BACKUP_KEY, or its _FILE)'] as const;
const JSON_FLAG = ['--json', 'print one JSON value'] as const;

/** Adds the commands. */
export const addBackupCommands = (
  program: Command,
  requireConfig: () => Config,
  example: (text: string) => string,
): void => {
  const backup = program.command('backup').description('encrypted copies of everything');
  backup
    .command('key')
    .argument('<file>', 'where to')
    .description('make the key that backups are encrypted with')
    .addHelpText('after', example('npx filament backup key ~/filament-backup-key'))
    .action((file: string) => explained(() => makeKey(file)));
  backup
    .command('create')
    .requiredOption('--to <folder>', 'in which a folder of its own is made')
    .option('--parts <list>', 'some of log, vault, attachments', 'log,vault,attachments')
    .option(...KEY_FILE)
    .option(...JSON_FLAG)
    .description('back up as of one moment, while the server goes on')
    .addHelpText(
      'after',
      example('npx filament backup create --to /backups --key-file ~/filament-backup-key'),
    )
    .action((options: CreateOptions) => create(requireConfig(), options));
  backup
    .command('list')
    .argument('<folder>', 'where backups are')
    .option(...JSON_FLAG)
    .description('show the backups in a folder')
    .addHelpText('after', example('npx filament backup list /backups'))
    .action((folder: string, options: Options) => list(folder, options));
  backup
    .command('verify')
    .argument('<backup>', 'its folder')
    .option(...KEY_FILE)
    .option(...JSON_FLAG)
    .description('read a backup whole and check every byte')
    .addHelpText(
      'after',
      example('npx filament backup verify /backups/filament-20260101T120000Z-7'),
    )
    .action((folder: string, options: Options) => verify(requireConfig(), folder, options));
  backup
    .command('restore')
    .argument('<backup>', 'its folder')
    .option('--vault <backup>', 'take the vault from another backup of the same installation')
    .option(...KEY_FILE)
    .option(...JSON_FLAG)
    .description('make an empty data directory the installation that a backup is of')
    .addHelpText(
      'after',
      example(
        'FILAMENT_DATA_DIR=./new npx filament backup restore /backups/filament-20260101T120000Z-7',
      ),
    )
    .action((folder: string, options: Options & { readonly vault?: string }) =>
      restoreFrom(requireConfig(), folder, options),
    );
};
