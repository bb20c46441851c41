// `filament account erase`: everything of one person, out of everything; `export` is in account-export.ts.
import { writeFile } from 'node:fs/promises';
import { InvalidArgumentError, type Command } from 'commander';
import { type CarriedOut } from '../../application/erasure/carry-out.ts';
import { type Config } from '../config/config.ts';
import { readReceipts } from '../erasure/read-receipts.ts';
import { type ErasureReceipt } from '../erasure/receipt.ts';
import { type Foundation } from '../server/foundation.ts';
import {
  eraseAccount,
  findPerson,
  planErasure,
  requireErasable,
  type Plan,
} from './erase-account.ts';
import { addAccountExport } from './account-export.ts';
import { CommandFailed, EXIT_USAGE, print } from './output.ts';
import { withFoundation } from './projection-work.ts';

const EXIT_PENDING = 3;
const WAIT_SECS = 20;
const WAIT_SECS_MAX = 3_600;

type EraseOptions = {
  readonly yes?: boolean;
  readonly dryRun?: boolean;
  readonly receipt?: string;
  readonly wait: number;
  readonly json?: boolean;
};

const planText = (plan: Plan): string =>
  [
    `account      ${plan.userId}${plan.isErased ? ' (erased, perhaps not to its end)' : ''}`,
    `messages     ${plan.messagesThere} there, ${plan.messages} posted`,
    `attachments  ${plan.attachmentsThere} there, ${plan.attachments} uploaded`,
    `pictures     ${plan.pictures}`,
    `reactions    ${plan.reactions}`,
    `sessions     ${plan.sessions} that were not ended`,
    `friends      ${plan.friends}, requests included`,
    `guilds       ${plan.guilds.length}, ${plan.leftEmpty.length} of them without anybody else`,
  ].join('\n');

const receiptText = (receipt: ErasureReceipt): string =>
  [
    `Erased: the keys of ${receipt.keys.message} messages, ${receipt.keys.attachment} attachments, ${receipt.keys.picture} pictures and the account are destroyed.`,
    `receipt    position ${receipt.last} of installation ${receipt.installation}, root ${receipt.root}`,
    `signed by  ${receipt.key}`,
    `remains    ${receipt.remains}`,
  ].join('\n');

const tell = async (
  { eventLog }: Foundation,
  outcome: CarriedOut | null,
  { receipt: file, json = false }: EraseOptions,
): Promise<void> => {
  if (outcome?.type !== 'Done') {
    const why =
      outcome === null
        ? 'It has begun, but another process erases just now, or takes something back.'
        : 'All keys are destroyed. Read models and search index have not followed yet.';
    print(
      json,
      { outcome: 'pending', destroyed: outcome?.destroyed ?? null },
      `${why} The server finishes it and writes the receipt when it runs, within 20 minutes or at its start; so does this command, called again.`,
    );
    process.exitCode = EXIT_PENDING;
    return;
  }
  const [receipt] = await readReceipts(eventLog, { limit: 1, at: outcome.receipt });
  if (receipt === undefined) throw new CommandFailed('The receipt is not in the log.');
  if (file !== undefined)
    await writeFile(file, `${JSON.stringify(receipt, null, 2)}\n`, { flag: 'wx', mode: 0o600 });
  print(json, { outcome: 'erased', receipt }, receiptText(receipt));
};

const erase = (config: Config, who: string, options: EraseOptions) =>
  withFoundation(config, async (foundation) => {
    const { yes = false, dryRun = false, json = false, wait } = options;
    const userId = await findPerson(foundation, who);
    const plan = await planErasure(foundation, userId);
    requireErasable(foundation, plan);
    if (dryRun) {
      print(json, { outcome: 'dry run', plan }, planText(plan));
      return;
    }
    if (!yes) {
      print(json, { outcome: 'not asked for', plan }, planText(plan));
      console.error('Nothing was erased, and nothing of it could be undone: add --yes to erase.');
      process.exitCode = EXIT_USAGE;
      return;
    }
    const waitMs = wait * 1_000;
    await tell(foundation, await eraseAccount(config, foundation, { userId, waitMs }), options);
  });

const readSeconds = (text: string): number => {
  const seconds = Number(text);
  if (!/^\d{1,4}$/.test(text) || seconds > WAIT_SECS_MAX)
    throw new InvalidArgumentError(`Give 0 to ${WAIT_SECS_MAX} seconds.`);
  return seconds;
};

const ERASE_EXAMPLES = [
  'npx filament account erase 01J8ZR… --dry-run',
  '  npx filament account erase ada --yes --receipt ada-erased.json',
  '',
  'Exit codes: 0 erased, 1 refused or failed, 2 the call was wrong or lacks --yes,',
  '3 begun, but the receipt is still to come (is the server running?).',
].join('\n');

export const addAccountCommands = (
  program: Command,
  requireConfig: () => Config,
  example: (text: string) => string,
): void => {
  const account = program.command('account').description('one person and all that is theirs');
  account
    .command('erase')
    .argument('<user>', 'id or name')
    .description('destroy the keys of everything of a person, end their sessions, leave a receipt')
    .option('--yes', 'do it: nothing of it can be undone')
    .option('--dry-run', 'only say what there is')
    .option('--receipt <file>', 'write the signed receipt to a new file')
    .option(
      '--wait <seconds>',
      'how long to wait for other erasing and for read models and index to follow',
      readSeconds,
      WAIT_SECS,
    )
    .option('--json', 'print one JSON value')
    .addHelpText('after', example(ERASE_EXAMPLES))
    .action((who: string, options: EraseOptions) => erase(requireConfig(), who, options));
  addAccountExport(account, requireConfig, example);
};
