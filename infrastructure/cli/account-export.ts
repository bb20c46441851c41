// `filament account export`: everything about one person in one file, for the operator to hand to that person.
import { type Command } from 'commander';
import { isLeft } from 'fp-ts/lib/Either.js';
import {
  createExportAccount,
  ErasedMeanwhile,
  type Exported,
} from '../../application/account-export/export-account.ts';
import { type Position } from '../../application/event-store/event-log.ts';
import { type UserId } from '../../domain/shared/ids.ts';
import {
  ArchiveRefused,
  openArchive,
  type Archive,
  type FileInArchive,
  type WrittenArchive,
} from '../account-export/archive.ts';
import { README } from '../account-export/readme.ts';
import { installationId } from '../auth/tokens.ts';
import { openBlobStore } from '../blob/open-blob-store.ts';
import { type Config } from '../config/config.ts';
import { isError } from '../logging/is-error.ts';
import { createLog } from '../logging/log.ts';
import { type Foundation } from '../server/foundation.ts';
import { createPersonRecord } from '../vault/person-record.ts';
import { findPerson, showReading } from './erase-account.ts';
import { CommandFailed, endProgress, print } from './output.ts';
import { withFoundation } from './projection-work.ts';

/** Written, but for files whose bytes should be there and can't be read. */
const EXIT_INCOMPLETE = 3;

type Options = { readonly user: string; readonly to: string; readonly json?: boolean };

type Done = {
  readonly exported: Exported;
  readonly files: readonly FileInArchive[];
  readonly archive: WrittenArchive;
};

/** Handing out what is known of somebody is an act of its own: it is recorded before anything is written. */
const recordExport = async (
  { store, clock, newUuid }: Foundation,
  userId: UserId,
  position: Position,
): Promise<void> => {
  const appended = await store.append({
    ...{ stream: 'log', expected: 'any' },
    events: [{ type: 'AccountExported', data: { userId, position, at: clock.now() } }],
    context: { actor: 'operator', correlationId: newUuid() },
  })();
  if (isLeft(appended))
    throw new CommandFailed(
      `The export could not be recorded (${appended.left.type}), so nothing is written. Try again.`,
    );
};

const write = async (
  config: Config,
  foundation: Foundation,
  archive: Archive,
  wish: { readonly userId: UserId; readonly upTo: Position; readonly signal: AbortSignal },
): Promise<Done> => {
  const { store, eventLog, pool, contentKeys: keys, secrets, clock } = foundation;
  const installation = installationId(secrets.masterKey);
  const blobs = await openBlobStore(config, { installation, log: createLog({ level: 'error' }) });
  try {
    const record = createPersonRecord({ pool });
    const exportAccount = createExportAccount({ store, eventLog, keys, blobs, record });
    const onProgress = await showReading(foundation, 'exporting');
    const exported = await exportAccount({ ...wish, onProgress }, archive);
    const files = await archive.seal();
    const manifest = {
      filament_account_export: 1,
      installation,
      user_id: wish.userId,
      position: wish.upTo,
      made_at: new Date(clock.now()).toISOString(),
      erased_at: exported.erasedAt,
      unreadable_events: exported.unreadableEvents,
      unreadable_files: exported.missingFiles,
      files,
    };
    wish.signal.throwIfAborted();
    const written = await archive.finish({
      'README.txt': README,
      'manifest.json': `${JSON.stringify(manifest, null, 2)}\n`,
    });
    return { exported, files, archive: written };
  } finally {
    endProgress();
    await blobs.close();
  }
};

/** What the operator can do something about, as a message; anything else as it came. */
const explained = (error: unknown): unknown => {
  if (error instanceof ErasedMeanwhile)
    return new CommandFailed(`${error.message} Nothing was kept.`, { cause: error });
  if (error instanceof ArchiveRefused) return new CommandFailed(error.message, { cause: error });
  if (isError(error) && (error.name === 'AbortError' || 'code' in error))
    return new CommandFailed(`It was broken off (${error.message}). Nothing was kept.`, {
      cause: error,
    });
  return error;
};

const textOf = (who: string, to: string, upTo: Position, { exported, files, archive }: Done) => {
  const count = (name: string) =>
    (files.find((file) => file.name === `${name}.jsonl`)?.lines ?? 0).toLocaleString('en');
  return [
    `Exported ${who} as of position ${upTo} to ${to}.`,
    ...(exported.erasedAt === null
      ? []
      : [
          `The account was erased on ${exported.erasedAt}: what is left are facts without content.`,
        ]),
    `messages     ${count('messages')}`,
    `attachments  ${count('attachments')}`,
    `reactions    ${count('reactions')}`,
    `acts         ${count('acts')}`,
    `sha-256      ${archive.sha256}, ${archive.bytes.toLocaleString('en')} bytes`,
    ...(exported.missingFiles === 0
      ? []
      : [
          `unreadable   ${exported.missingFiles} files that should be there; see attachments.jsonl and pictures.jsonl`,
        ]),
    ...(exported.unreadableEvents === 0
      ? []
      : [`unreadable   ${exported.unreadableEvents} events of the log, of whomever`]),
  ].join('\n');
};

/** Aborts on the signals that end a command, so that it can clear away what it began. */
const untilStopped = async <A>(work: (signal: AbortSignal) => Promise<A>): Promise<A> => {
  const stopping = new AbortController();
  const stop = () => stopping.abort();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, stop);
  try {
    return await work(stopping.signal);
  } finally {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.off(signal, stop);
  }
};

const exportAccount = (config: Config, { user, to, json = false }: Options): Promise<void> =>
  withFoundation(config, async (foundation) => {
    const userId = await findPerson(foundation, user);
    const upTo = await foundation.store.head();
    const madeAt = new Date(foundation.clock.now());
    const done = await untilStopped(async (signal) => {
      const archive = await openArchive(to, `filament-${userId}`, madeAt);
      try {
        await recordExport(foundation, userId, upTo);
        return await write(config, foundation, archive, { userId, upTo, signal });
      } finally {
        await archive.discard();
      }
    }).catch((error: unknown) => {
      throw explained(error);
    });
    const { exported, files, archive } = done;
    const value = {
      ...{ file: to, user_id: userId, position: upTo, erased_at: exported.erasedAt },
      ...{ bytes: archive.bytes, sha256: archive.sha256, files },
      unreadable_files: exported.missingFiles,
      unreadable_events: exported.unreadableEvents,
    };
    print(json, value, textOf(exported.username ?? userId, to, upTo, done));
    if (exported.missingFiles > 0) process.exitCode = EXIT_INCOMPLETE;
  });

const EXAMPLES = [
  'npx filament account export --user ada --to ada.tar',
  '  npx filament account export --user 01J8ZR… --to /handover/01J8ZR.tar --json',
  '',
  'Exit codes: 0 written, 1 refused or failed, 2 the call was wrong, 3 written without files whose',
  'bytes can’t be read.',
].join('\n');

export const addAccountExport = (
  account: Command,
  requireConfig: () => Config,
  example: (text: string) => string,
): void => {
  account
    .command('export')
    .requiredOption('--user <user>', 'id or name')
    .requiredOption('--to <file>', 'a new file, a tar archive that only you may read')
    .description('write everything about a person to a file, to hand to them; the log records it')
    .option('--json', 'print one JSON value')
    .addHelpText('after', example(EXAMPLES))
    .action((options: Options) => exportAccount(requireConfig(), options));
};
