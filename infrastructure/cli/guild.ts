// `filament guild undo`: takes back what was done in a guild, beside a running server or without one.
import { type Command, InvalidArgumentError } from 'commander';
import { isLeft } from 'fp-ts/lib/Either.js';
import { type Position } from '../../application/event-store/event-log.ts';
import {
  createUndoGuild,
  UndoCutShort,
  type Undone,
  type UndoFailure,
  type UndoProgress,
} from '../../application/undo/undo-guild.ts';
import { type GuildId, type UserId } from '../../domain/shared/ids.ts';
import { isReason } from '../../domain/shared/reason.ts';
import { type Why } from '../../domain/undo/act.ts';
import { type Config } from '../config/config.ts';
import { createErasureLock } from '../erasure/erasure-lock.ts';
import { readGuild, readPosition, readUser } from './audit-options.ts';
import { CommandFailed, endProgress, print, showProgress, textTable } from './output.ts';
import { withFoundation } from './projection-work.ts';

/** All is undone but what is listed. */
const EXIT_REFUSED = 3;
const REFUSALS_SHOWN_MAX = 40;
// The server destroys keys for a moment at a time, every now and then; an account is erased in about a minute.
const ERASER_PATIENCE_MS = 60_000;

type Options = {
  readonly guild: GuildId;
  readonly from: Position;
  readonly to: Position;
  readonly actor?: UserId;
  readonly reason?: string;
  readonly dryRun?: boolean;
  readonly json?: boolean;
};

const WHY: { readonly [Reason in Why]: string } = {
  changed_since: 'somebody else has changed it since; it stays as they left it',
  used_since: 'somebody else has put it to use since; it stays',
  left_since: 'they have left since of their own accord',
  account_gone: 'the account is gone',
  key_erased: 'the key of its text is destroyed',
  files_erased: 'files are destroyed when they are deleted',
  address_gone: 'the address of a lifted ban is not kept',
  channel_gone: 'it was posted while its channel was being removed',
  limit_reached: 'there is no room for it any more',
  not_a_member: 'they are no member now',
  busy: 'it kept changing; run the command again',
};

const readReason = (text: string): string => {
  if (!isReason(text)) throw new InvalidArgumentError('Give 1 to 240 bytes of text.');
  return text;
};

const failureText = (failure: UndoFailure, { guild }: Options): string => {
  switch (failure.type) {
    case 'NoSuchGuild':
      return `There is no guild ${guild}.`;
    case 'TooManyActs':
      return `More than ${failure.actsMax} acts are in that range. Undo it in parts, the latest first.`;
    case 'EraserAtWork':
      return 'Keys are being destroyed just now, of deleted texts or of an account. Run the command again.';
  }
};

const createProgress = () => {
  let phase: UndoProgress['phase'] | null = null;
  let begun = performance.now();
  return (progress: UndoProgress): void => {
    if (progress.phase !== phase) begun = performance.now();
    phase = progress.phase;
    const { done, total } = progress;
    const rate = Math.round((done * 1000) / Math.max(1, performance.now() - begun));
    const count = done.toLocaleString('en');
    const of = total === null ? '' : ` of ${total.toLocaleString('en')}`;
    const rest = total === null || rate === 0 ? '' : `, ${Math.ceil((total - done) / rate)} s left`;
    showProgress(`undo: ${phase}, ${count}${of}, ${rate.toLocaleString('en')}/s${rest}`);
  };
};

const countOf = ({ compensations }: Undone): number =>
  [...compensations.values()].reduce((sum, each) => sum + each, 0);

const headline = (undone: Undone, seconds: number, isDryRun: boolean): string => {
  const count = countOf(undone);
  const acts = `${undone.acts.toLocaleString('en')} ${undone.acts === 1 ? 'act' : 'acts'}`;
  if (undone.acts === 0) return 'Nothing to undo: nothing of that kind was done in that range.';
  if (count === 0) return `Nothing to undo: of ${acts} there nothing is left that can be.`;
  const compensating = `${count.toLocaleString('en')} compensating events for ${acts}`;
  return isDryRun
    ? `Would write ${compensating}; nothing was written.`
    : `Undone by ${compensating} in ${seconds.toFixed(1)} s. Request ${undone.correlationId}.`;
};

const textOf = (undone: Undone, seconds: number, isDryRun: boolean): string => {
  const { compensations, refusals } = undone;
  const counts = [...compensations].map(([event, count]) => ({ event, count }));
  const shown = refusals
    .slice(0, REFUSALS_SHOWN_MAX)
    .map(({ kind, id, why }) => ({ 'not undone': kind, id, because: WHY[why] }));
  const more = refusals.length - shown.length;
  return [
    headline(undone, seconds, isDryRun),
    ...(counts.length > 0 ? ['', textTable(counts)] : []),
    ...(shown.length > 0 ? ['', textTable(shown)] : []),
    ...(more > 0 ? [`and ${more.toLocaleString('en')} more: --json lists them all`] : []),
  ].join('\n');
};

const jsonOf = (undone: Undone, options: Options, seconds: number) => ({
  guild: options.guild,
  from: options.from,
  to: options.to,
  actor: options.actor ?? null,
  dryRun: options.dryRun === true,
  acts: undone.acts,
  written: countOf(undone),
  compensations: Object.fromEntries(undone.compensations),
  refusals: undone.refusals,
  seconds: Number(seconds.toFixed(2)),
  correlationId: undone.correlationId,
});

const undo = (config: Config, options: Options): Promise<void> =>
  withFoundation(config, async (foundation) => {
    const { store, clock, newUuid, pool } = foundation;
    const { guild: guildId, from, to, actor = null, reason = null, dryRun = false } = options;
    const head = await store.head();
    if (to > head) throw new CommandFailed(`The log ends at ${head}: there is no ${to} yet.`);
    const undoGuild = createUndoGuild({
      ...{ store, clock, newUuid, limits: config.limits },
      holdErasure: createErasureLock({ pool, patienceMs: ERASER_PATIENCE_MS }),
    });
    const begun = performance.now();
    const outcome = await undoGuild({
      ...{ guildId, from, to, actorId: actor, reason, isDryRun: dryRun },
      onProgress: createProgress(),
    })
      .catch((error: unknown) => {
        if (!(error instanceof UndoCutShort)) throw error;
        throw new CommandFailed(
          `It was cut short (${error.message}). What was done stands; the same command does the rest.`,
          { cause: error },
        );
      })
      .finally(endProgress);
    if (isLeft(outcome)) throw new CommandFailed(failureText(outcome.left, options));
    const seconds = (performance.now() - begun) / 1000;
    const undone = outcome.right;
    print(options.json === true, jsonOf(undone, options, seconds), textOf(undone, seconds, dryRun));
    if (undone.refusals.length > 0) process.exitCode = EXIT_REFUSED;
  });

const EXAMPLES = [
  'npx filament audit replay --guild 01J8ZQ… --actor 01J8ZP…      (shows the positions)',
  '  npx filament guild undo --guild 01J8ZQ… --from 51200 --to 61199 --actor 01J8ZP… --dry-run',
  '  npx filament guild undo --guild 01J8ZQ… --from 51200 --to 61199 --actor 01J8ZP… --reason "stolen account"',
  '',
  'Exit codes: 0 all is undone, or there was nothing to undo; 1 failed or cut short; 2 the call was',
  'wrong; 3 done, and what is listed could not be undone.',
].join('\n');

export const addGuildCommands = (
  program: Command,
  requireConfig: () => Config,
  example: (text: string) => string,
): void => {
  const guild = program.command('guild').description('a guild as a whole');
  const command = guild
    .command('undo')
    .description('take back what was done in a guild between two positions of the log')
    .requiredOption('--guild <id>', 'in this guild', readGuild)
    .requiredOption('--from <position>', 'at that position of the log or later', readPosition)
    .requiredOption('--to <position>', 'at that position of the log or earlier', readPosition)
    .option('--actor <user>', 'only what this account did; with it, also what it wrote', readUser)
    .option('--reason <text>', 'why, for the record', readReason)
    .option('--dry-run', 'say what would be done, and do nothing')
    .option('--json', 'print one JSON value')
    .addHelpText('after', example(EXAMPLES))
    .action((options: Options) => {
      if (options.from > options.to) command.error('error: --from is after --to.');
      return undo(requireConfig(), options);
    });
};
