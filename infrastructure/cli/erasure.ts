// `filament erasure list|verify|scrub`: what shows that something was erased, and what takes its last bytes away.
import { readFile } from 'node:fs/promises';
import { InvalidArgumentError, type Command } from 'commander';
import { type Config } from '../config/config.ts';
import { readReceipts } from '../erasure/read-receipts.ts';
import { isReceiptSigned, parseErasureReceipt, type ErasureReceipt } from '../erasure/receipt.ts';
import { scrub } from '../erasure/scrub.ts';
import { createPool } from '../postgres/database.ts';
import { notaryPorts } from '../server/notary-slice.ts';
import { CommandFailed, endProgress, print, showProgress, textTable } from './output.ts';
import { withFoundation } from './projection-work.ts';

const EXIT_NOT_SIGNED = 3;
const LIST = 50;
const LIST_MAX = 10_000;

const rowOf = (receipt: ErasureReceipt) => ({
  at: new Date(receipt.at).toISOString(),
  account: receipt.user_id ?? '(what people deleted)',
  messages: receipt.keys.message,
  attachments: receipt.keys.attachment,
  pictures: receipt.keys.picture,
  from: receipt.first,
  to: receipt.last,
});

type ListOptions = { readonly user?: string; readonly limit: number; readonly json?: boolean };

const list = (config: Config, { user, limit, json = false }: ListOptions) =>
  withFoundation(config, async ({ eventLog }) => {
    const wish = user === undefined ? { limit } : { limit, userId: user.toUpperCase() };
    const receipts = await readReceipts(eventLog, wish);
    print(json, receipts, textTable(receipts.map(rowOf)));
  });

type VerifyOptions = { readonly key?: readonly string[]; readonly json?: boolean };

const RECEIPT_CHARS_MAX = 65_536;

const readReceipt = async (file: string): Promise<ErasureReceipt> => {
  const text = await readFile(file, 'utf8').catch((cause: unknown) => {
    throw new CommandFailed(`${file} can't be read.`, { cause });
  });
  const receipt = text.length > RECEIPT_CHARS_MAX ? null : parseErasureReceipt(text);
  if (receipt === null) throw new CommandFailed(`${file} is no receipt of an erasure.`);
  return receipt;
};

/** The keys of this installation's notary, for who gives none. */
const ownKeys = (config: Config): Promise<readonly string[]> =>
  withFoundation(config, async (foundation) =>
    (await notaryPorts(foundation).keys.read()).map(({ publicKey }) => publicKey),
  );

const verify = async (
  requireConfig: () => Config,
  file: string,
  { key, json = false }: VerifyOptions,
): Promise<void> => {
  const receipt = await readReceipt(file);
  const trusted = key ?? (await ownKeys(requireConfig()));
  const isTrusted = trusted.includes(receipt.key);
  const isSigned = isReceiptSigned(receipt);
  const verdict = !isSigned
    ? 'The receipt was altered: its signature is not over what it says.'
    : isTrusted
      ? 'The receipt is as signed.'
      : `The receipt is as signed, by a key that is not trusted: ${receipt.key}`;
  print(
    json,
    { ok: isSigned && isTrusted, is_signed: isSigned, is_trusted: isTrusted, receipt },
    `${verdict}\n${textTable([rowOf(receipt)])}`,
  );
  if (!isSigned || !isTrusted) process.exitCode = EXIT_NOT_SIGNED;
};

const scrubAll = (config: Config, json: boolean) =>
  withFoundation(config, async ({ databaseUrl }) => {
    const pool = createPool({ url: databaseUrl, name: 'scrub', max: 2, statementTimeoutMs: 0 });
    try {
      const scrubbed = await scrub(pool, showProgress);
      endProgress();
      print(
        json,
        scrubbed,
        `${scrubbed.tables.length} tables and ${scrubbed.walFiles} files of the write-ahead log are written anew.`,
      );
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      throw new CommandFailed(
        `The database did not allow it (${reason}). Tables written anew before that stay so; try again when it is quiet, as its owner.`,
        { cause: error },
      );
    } finally {
      endProgress();
      await pool.end();
    }
  });

const readKeyText = (text: string, before: readonly string[] = []): readonly string[] => {
  if (!/^[\w-]{43}$/.test(text))
    throw new InvalidArgumentError('Give a public key of 43 characters.');
  return [...before, text];
};

const readLimit = (text: string): number => {
  const limit = Number(text);
  if (!/^\d{1,5}$/.test(text) || limit < 1 || limit > LIST_MAX)
    throw new InvalidArgumentError(`Give 1 to ${LIST_MAX}.`);
  return limit;
};

export const addErasureCommands = (
  program: Command,
  requireConfig: () => Config,
  example: (text: string) => string,
): void => {
  const erasure = program.command('erasure').description('receipts of erasures, and last traces');
  erasure
    .command('list')
    .description('receipts, newest first')
    .option('--user <id>', 'of this account')
    .option('--limit <count>', 'at most so many', readLimit, LIST)
    .option('--json', 'print one JSON value')
    .addHelpText('after', example('npx filament erasure list --user 01J8ZR… --json'))
    .action((options: ListOptions) => list(requireConfig(), options));
  erasure
    .command('verify')
    .argument('<receipt>', 'file of a receipt')
    .description('check the signature of a receipt; with --key, anywhere')
    .option('--key <key>', 'trust this public key; may be repeated', readKeyText)
    .option('--json', 'print one JSON value')
    .addHelpText(
      'after',
      example(
        'npx filament erasure verify ada-erased.json --key qk3…43 characters…\n\nExit codes: 0 as signed, 1 could not be read, 2 the call was wrong, 3 not as signed.',
      ),
    )
    .action((file: string, options: VerifyOptions) => verify(requireConfig, file, options));
  erasure
    .command('scrub')
    .description('write the tables anew that hold keys and names, and the write-ahead log')
    .option('--json', 'print one JSON value')
    .addHelpText('after', example('npx filament erasure scrub'))
    .action(({ json = false }: { readonly json?: boolean }) => scrubAll(requireConfig(), json));
};
