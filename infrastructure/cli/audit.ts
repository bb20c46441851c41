// `filament audit replay`: what the log tells, beside a running server on the same data directory or alone.
import { type Command } from 'commander';
import { type TimelineFilter, type TimelineRow } from '../../application/audit/timeline.ts';
import { type Position } from '../../application/event-store/event-log.ts';
import { type ChannelId, type GuildId, type UserId } from '../../domain/shared/ids.ts';
import { type Timestamp } from '../../domain/shared/timestamp.ts';
import { type Config } from '../config/config.ts';
import { askAsOf } from './audit-as-of.ts';
import {
  readAction,
  readActor,
  readChannel,
  readCorrelation,
  readCount,
  readGuild,
  readMoment,
  readPosition,
  readTime,
  readType,
  readUser,
  type GivenMoment,
} from './audit-options.ts';
import { printTimeline, timelineText } from './audit-timeline.ts';
import { print } from './output.ts';
import { withFoundation } from './projection-work.ts';

type Options = {
  readonly guild?: GuildId;
  readonly actor?: string;
  readonly type?: string;
  readonly action?: string;
  readonly since?: Timestamp;
  readonly until?: Timestamp;
  readonly from?: Position;
  readonly to?: Position;
  readonly correlation?: string;
  readonly limit?: number;
  readonly follow?: boolean;
  readonly reveal?: boolean;
  readonly asOf?: GivenMoment;
  readonly channel?: ChannelId;
  readonly user?: UserId;
  readonly json?: boolean;
};

const filterOf = (options: Options): TimelineFilter => ({
  guildId: options.guild ?? null,
  actor: options.actor ?? null,
  eventType: options.type ?? null,
  action: options.action ?? null,
  since: options.since ?? null,
  until: options.until ?? null,
  fromPosition: options.from ?? null,
  toPosition: options.to ?? null,
  correlationId: options.correlation ?? null,
});

const replay = (config: Config, options: Options): Promise<void> =>
  withFoundation(config, async (foundation) => {
    const { json = false, limit = null, follow = false, reveal = false } = options;
    const stopping = new AbortController();
    if (follow)
      for (const signal of ['SIGINT', 'SIGTERM'] as const)
        process.once(signal, () => stopping.abort());
    const write = (row: TimelineRow) => print(json, row, timelineText(row));
    const wish = { filter: filterOf(options), limit, follow, reveal };
    const printed = await printTimeline(foundation, wish, write, stopping.signal);
    if (printed === 0 && !json && !follow) console.error('No event of the log is of that kind.');
  });

const AS_OF_ONLY = ['channel', 'user'] as const;
const TIMELINE_ONLY = [
  'actor',
  'type',
  'action',
  'since',
  'until',
  'from',
  'to',
  'correlation',
  'limit',
  'follow',
  'reveal',
] as const;

/** Options that mean nothing together are a mistake, not something to pass over. */
const refuseMixture = (command: Command, options: Options): void => {
  const wrong = (options.asOf === undefined ? AS_OF_ONLY : TIMELINE_ONLY).filter(
    (name) => options[name] !== undefined,
  );
  const names = wrong.map((name) => `--${name}`).join(', ');
  if (wrong.length === 0) return;
  command.error(
    options.asOf === undefined
      ? `error: ${names} goes with --as-of.`
      : `error: ${names} does not go with --as-of.`,
  );
};

const answerAsOf = (
  command: Command,
  config: () => Config,
  options: Options,
  given: GivenMoment,
) => {
  const { guild: guildId, channel: channelId, user: userId = null, json = false } = options;
  if (guildId === undefined || channelId === undefined)
    return command.error('error: --as-of needs --guild and --channel.');
  return withFoundation(config(), async (foundation) => {
    const { value, text } = await askAsOf(foundation, { given, guildId, channelId, userId });
    print(json, value, text);
  });
};

const EXAMPLES = [
  'npx filament audit replay --guild 01J8ZQ… --action member. --since 2026-01-31',
  '  npx filament audit replay --actor 01J8ZR… --reveal --json',
  '  npx filament audit replay --as-of 2026-01-31T18:30:00Z --guild 01J8ZQ… --channel 01J8ZS…',
].join('\n');

const addTimelineOptions = (command: Command): Command =>
  command
    .option('--guild <id>', 'of this guild', readGuild)
    .option('--actor <id>', 'by this user, system or operator', readActor)
    .option('--type <event>', 'events of this type, for example MessageDeleted', readType)
    .option(
      '--action <prefix>',
      'audited acts whose name begins so, for example member.',
      readAction,
    )
    .option('--since <time>', 'recorded at that time or later', readTime)
    .option('--until <time>', 'recorded at that time or earlier', readTime)
    .option('--from <position>', 'at that position of the log or later', readPosition)
    .option('--to <position>', 'at that position of the log or earlier', readPosition)
    .option('--correlation <uuid>', 'of one request', readCorrelation)
    .option('--limit <count>', 'stop after so many', readCount)
    .option('--follow', 'go on with what happens from now on; Ctrl+C ends it')
    .option('--reveal', 'show sealed texts; that you did is recorded in the log');

export const addAuditCommands = (
  program: Command,
  requireConfig: () => Config,
  example: (text: string) => string,
): void => {
  const audit = program.command('audit').description('what happened, from the log itself');
  const command = audit
    .command('replay')
    .description('print events of the log, or who could do what in a channel at an earlier moment');
  addTimelineOptions(command)
    .option(
      '--as-of <moment>',
      'a time, or a position of the log: answer who could do what then',
      readMoment,
    )
    .option('--channel <id>', 'with --as-of: in this channel', readChannel)
    .option('--user <id>', 'with --as-of: only this person, with every permission', readUser)
    .option('--json', 'print one JSON value; of a timeline, one in each line')
    .addHelpText('after', example(EXAMPLES))
    .action(async (options: Options) => {
      refuseMixture(command, options);
      if (options.asOf === undefined) await replay(requireConfig(), options);
      else await answerAsOf(command, requireConfig, options, options.asOf);
    });
};
