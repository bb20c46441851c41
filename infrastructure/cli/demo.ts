// `filament demo seed`: an invented community for trying things out, made over the public API of a running server.
import { randomBytes } from 'node:crypto';
import { type Command, InvalidArgumentError } from 'commander';
import * as t from 'io-ts';
import { createApiClient, UnexpectedAnswer } from '../api-client/api-client.ts';
import { type Config } from '../config/config.ts';
import { MESSAGES_MAX, planCommunity, SEED_MAX } from '../demo-seed/plan.ts';
import { sow, type Sown } from '../demo-seed/sow.ts';
import { queryRows } from '../postgres/database.ts';
import { CommandFailed, endProgress, print, showProgress, textTable } from './output.ts';
import { withFoundation } from './projection-work.ts';

const MESSAGES = 400;
const CONNECTIONS = 8;
const PASSWORD_BYTES = 12;

type SeedOptions = {
  readonly messages: number;
  readonly seed: number;
  readonly url?: string;
  readonly intoExisting?: true;
  readonly json?: true;
};

const wholeUpTo =
  (max: number) =>
  (text: string): number => {
    const value = /^\d{1,9}$/.test(text) ? Number(text) : Number.NaN;
    if (!(value <= max)) throw new InvalidArgumentError(`Give a whole number from 0 to ${max}.`);
    return value;
  };

const Flag = t.type({ flag: t.boolean });

const requireEmpty = (config: Config): Promise<void> =>
  withFoundation(config, async ({ pool }) => {
    const hasTable = `SELECT to_regclass('rm_accounts.accounts') IS NOT NULL AS flag`;
    if ((await queryRows(pool, Flag, hasTable))[0]?.flag !== true) return;
    const hasPeople = 'SELECT EXISTS (SELECT FROM rm_accounts.accounts) AS flag';
    if ((await queryRows(pool, Flag, hasPeople))[0]?.flag !== true) return;
    throw new CommandFailed(
      'There are accounts in this installation already, so nothing was added. ' +
        'Give --into-existing to add an invented community to it nevertheless.',
    );
  });

const addressOf = ({ bindAddress: { host, port } }: Config, url: string | undefined): string => {
  if (url !== undefined) return url;
  if (port === 0)
    throw new CommandFailed('FILAMENT_BIND_ADDR names no port. Give --url of the running server.');
  const reachable = host === '0.0.0.0' ? '127.0.0.1' : host === '::' ? '::1' : host;
  return `http://${reachable.includes(':') ? `[${reachable}]` : reachable}:${port}`;
};

const requireServer = async (url: string): Promise<void> => {
  const isThere = await fetch(new URL('/health/ready', url)).then(
    ({ ok }) => ok,
    () => false,
  );
  if (!isThere)
    throw new CommandFailed(
      `No server is ready at ${url}. Start it with \`npx filament serve\`, or give --url.`,
    );
};

const explain = (error: unknown, seed: number): unknown => {
  if (!(error instanceof UnexpectedAnswer)) return error;
  // To register a name that is taken is answered like any other, so that nobody learns of it: signing in fails then.
  const isTaken = error.message.startsWith('POST /auth/login') && error.status === 401;
  const next = isTaken
    ? `Names of this community are taken, perhaps by an earlier run: give another --seed than ${seed}.`
    : 'What was made until then is there.';
  return new CommandFailed(`The server refused (${error.message}). ${next}`, { cause: error });
};

const textOf = (sown: Sown, names: readonly string[], password: string): string =>
  [
    textTable([sown]),
    `People: ${names.join(', ')}`,
    `Each signs in with the password ${password}`,
    'It is shown this once. Remove the people, or the installation, before strangers can reach it.',
  ].join('\n');

const seedDemo = async (config: Config, options: SeedOptions): Promise<void> => {
  const { messages, seed, intoExisting = false, json = false } = options;
  const url = addressOf(config, options.url);
  await requireServer(url);
  if (!intoExisting) await requireEmpty(config);
  const plan = planCommunity(seed, messages);
  // Not of the seed: whoever knows the program could sign in.
  const password = randomBytes(PASSWORD_BYTES).toString('base64url');
  const api = createApiClient({ baseUrl: url, connections: CONNECTIONS });
  try {
    const sown = await sow(api, plan, password, ({ step, done }) =>
      showProgress(`${step}: ${done.toLocaleString('en')}`),
    );
    endProgress();
    const [owner] = plan.guilds.map((guild) => guild.owner);
    print(
      json,
      { ...sown, seed, password, people_names: plan.people, owner },
      textOf(sown, plan.people, password),
    );
  } catch (error) {
    endProgress();
    throw explain(error, seed);
  } finally {
    await api.close();
  }
};

export const addDemoCommands = (
  program: Command,
  config: () => Config,
  example: (text: string) => string,
): void => {
  const demo = program.command('demo').description('something to look at');
  demo
    .command('seed')
    .description('fill a running, empty server with an invented community')
    .option(
      '--messages <number>',
      `how many messages, up to ${MESSAGES_MAX}`,
      wholeUpTo(MESSAGES_MAX),
      MESSAGES,
    )
    .option('--seed <number>', 'the same number makes the same community', wholeUpTo(SEED_MAX), 1)
    .option('--url <url>', 'the server; by default at FILAMENT_BIND_ADDR of this machine')
    .option('--into-existing', 'also where there are accounts already')
    .option('--json', 'print one JSON value')
    .addHelpText('after', example('npx filament demo seed --messages 1000'))
    .action((options: SeedOptions) => seedDemo(config(), options));
};
