// `npm run demo:irc -- DIR`: the whole product on real conversations, with a kill -9 in the middle, and then the proof.
import { readFileSync, readdirSync, rmSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { type ChannelId, type GuildId } from '../../domain/shared/ids.ts';
import { createApiClient, type ApiClient } from '../api-client/api-client.ts';
import {
  freePort,
  startServer,
  temporaryDataDirectory,
  type ServerProcess,
} from '../testing/server-process.ts';
import { communityProblems } from './community-proof.ts';
import { found, moderate, talkInPrivate, type Community, type Site } from './community.ts';
import { parseIrcLog, type IrcLine } from './irc-log.ts';
import { signUpEveryone } from './people.ts';
import { compareRebuilt } from './rebuilt.ts';
import { replayDay, type Acknowledged, type Day } from './replay.ts';
import { grepIndex, historyProblems, searchProblems, wholeHistory } from './verify.ts';
import { openWatcher, type Watcher } from './watchers.ts';

const PASSWORD = 'a demo password, not a secret';
const SEARCHED_WORDS = 200;
const DAYS_DEFAULT = 6;
const OWNER = 'irc.archive';

const readDays = (
  directory: string,
  days: number,
): readonly { name: string; lines: readonly IrcLine[] }[] =>
  readdirSync(directory)
    .filter((name) => name.endsWith('.txt'))
    .sort()
    .map((name) => ({
      name: name.replace(/[^A-Za-z0-9.-].*|\.txt$/g, '').slice(0, 64),
      lines: parseIrcLog(readFileSync(path.join(directory, name), 'utf8')),
    }))
    .sort((a, b) => b.lines.length - a.lines.length)
    .slice(0, days);

/** The limits of a public server would stop a replay at this pace; everything else is as it comes. */
const environmentFor = async (
  dataDirectory: string,
): Promise<Readonly<Record<string, string>>> => ({
  FILAMENT_DATA_DIR: dataDirectory,
  FILAMENT_BIND_ADDR: `127.0.0.1:${await freePort()}`,
  FILAMENT_GATEWAY_BIND_ADDR: `127.0.0.1:${await freePort()}`,
  FILAMENT_RATE_LIMIT_REQUESTS_PER_MINUTE: '10000000',
  FILAMENT_AUTH_ROUTE_REQUESTS_PER_MINUTE: '1000000',
  FILAMENT_DIRECTORY_JOIN_REQUESTS_PER_MINUTE_PER_IP: '1000000',
  FILAMENT_GATEWAY_INGRESS_EVENTS_PER_WINDOW: '100000',
  FILAMENT_GATEWAY_CONNECTIONS_PER_ADDRESS: '10000',
  FILAMENT_ACCESS_TOKEN_TTL_SECS: '3600',
});

const untilHealthy = async (client: ApiClient): Promise<void> => {
  for (;;) {
    const answer = await client.request('GET', '/health/ready').catch(() => null);
    if (answer?.status === 200) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
};

type Stage = {
  readonly client: ApiClient;
  readonly ownerToken: string;
  readonly guildId: GuildId;
  readonly days: readonly Day[];
  readonly tokens: ReadonlyMap<string, string>;
};

const setTheStage = async (client: ApiClient, directory: string, count: number): Promise<Stage> => {
  const recorded = readDays(directory, count);
  await client.register(OWNER, PASSWORD);
  const { access_token: ownerToken } = await client.login(OWNER, PASSWORD);
  const { guild_id: guildId } = await client.createGuild(ownerToken, 'IRC archive', 'public');
  const days: Day[] = [];
  for (const { name, lines } of recorded) {
    const channel = await client.createChannel(ownerToken, guildId, name);
    days.push({ name, lines, channelId: channel.channel_id });
  }
  const nicks = [...new Set(recorded.flatMap(({ lines }) => lines.map(({ nick }) => nick)))];
  const tokens = await signUpEveryone(client, guildId, nicks, PASSWORD);
  return { client, ownerToken, guildId, days, tokens };
};

type Outcome = {
  readonly acknowledged: ReadonlyMap<ChannelId, readonly Acknowledged[]>;
  readonly repeats: number;
  readonly seconds: number;
  readonly downMs: number;
  readonly community: Community;
  readonly site: Site;
};

const replayAll = async (
  stage: Stage,
  { baseUrl, gatewayUrl }: { readonly baseUrl: string; readonly gatewayUrl: string },
  restart: () => Promise<number>,
): Promise<Outcome> => {
  const total = stage.days.reduce((sum, { lines }) => sum + lines.length, 0);
  const acknowledged = new Map<ChannelId, Acknowledged[]>(
    stage.days.map(({ channelId }) => [channelId, []]),
  );
  let sent = 0;
  const down: { until: Promise<number> | null } = { until: null };
  const replay = {
    ...stage,
    gatewayUrl: () => gatewayUrl,
    untilServing: async () => {
      await down.until;
      await untilHealthy(stage.client);
    },
    onAcknowledged: (one: Acknowledged) => {
      acknowledged.get(one.message.channel_id)?.push(one);
      sent += 1;
      if (down.until === null && sent >= total / 2) down.until = restart();
    },
  };
  const site: Site = { ...stage, baseUrl, untilServing: replay.untilServing };
  const community = await found(site);
  const started = Date.now();
  const [done] = await Promise.all([
    Promise.all(stage.days.map((day) => replayDay(replay, day))),
    talkInPrivate(site, community),
  ]);
  await moderate(site, community);
  return {
    acknowledged,
    repeats: done.reduce((sum, { repeats }) => sum + repeats, 0),
    seconds: (Date.now() - started) / 1000,
    downMs: (await down.until) ?? 0,
    community,
    site,
  };
};

/** Words of every frequency: the rarest, the commonest and those between. */
const wordsToAsk = (byFrequency: readonly string[]): readonly string[] => {
  const step = Math.max(1, Math.floor(byFrequency.length / SEARCHED_WORDS));
  return byFrequency.filter((_, place) => place % step === 0).slice(0, SEARCHED_WORDS);
};

const verifyAll = async (stage: Stage, { acknowledged }: Outcome): Promise<readonly string[]> => {
  const reader = { client: stage.client, token: stage.ownerToken, guildId: stage.guildId };
  const problems: string[] = [];
  for (const { name, channelId } of stage.days) {
    const history = await wholeHistory(reader, channelId);
    problems.push(
      ...historyProblems(acknowledged.get(channelId) ?? [], history).map(
        (text) => `${name}: ${text}`,
      ),
    );
  }
  const index = grepIndex([...acknowledged.values()].flat());
  const byFrequency = [...index.byWord]
    .filter(([word]) => word.length <= 40)
    .sort(([, a], [, b]) => b.size - a.size)
    .map(([word]) => word);
  const asked = wordsToAsk(byFrequency);
  problems.push(...(await searchProblems(reader, index, asked)).map((text) => `search ${text}`));
  return problems;
};

const readOptions = () => {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      days: { type: 'string', default: String(DAYS_DEFAULT) },
      screenshots: { type: 'string' },
      'no-browsers': { type: 'boolean', default: false },
    },
  });
  const [directory] = positionals;
  const days = Number(values.days);
  if (directory === undefined || !Number.isSafeInteger(days) || days < 1) {
    console.error('Usage: npm run demo:irc -- DIR [--days N] [--screenshots DIR] [--no-browsers]');
    process.exit(2);
  }
  return {
    directory,
    days,
    screenshots: values.screenshots,
    browsers: values['no-browsers'] ? 0 : 2,
  };
};

const openWatchers = async (
  stage: Stage,
  baseUrl: string,
  count: number,
): Promise<readonly Watcher[]> => {
  const watchers: Watcher[] = [];
  for (const { channelId } of stage.days.slice(0, count)) {
    const { guildId } = stage;
    watchers.push(
      await openWatcher({ baseUrl, username: OWNER, password: PASSWORD, guildId, channelId }),
    );
  }
  return watchers;
};

const watchersSawTheEnd = async (
  watchers: readonly Watcher[],
  days: readonly Day[],
  screenshots: string | undefined,
): Promise<readonly string[]> => {
  for (const [index, watcher] of watchers.entries()) {
    await watcher.sees(days[index]?.lines.at(-1)?.text ?? '');
    if (screenshots !== undefined)
      await watcher.screenshot(path.join(screenshots, `demo-${index}.png`));
  }
  return watchers.flatMap((watcher) => watcher.consoleErrors().map((text) => `browser: ${text}`));
};

const run = async (
  { directory, days, screenshots, browsers }: ReturnType<typeof readOptions>,
  environment: Readonly<Record<string, string>>,
): Promise<readonly string[]> => {
  const entry = ['infra/start.mjs'];
  let server: ServerProcess = await startServer(environment, entry);
  const client = createApiClient({ baseUrl: server.baseUrl, connections: 32 });
  let watchers: readonly Watcher[] = [];
  const restart = async () => {
    await server.kill();
    const killed = Date.now();
    server = await startServer(environment, entry);
    console.error(`Killed with -9 in the middle; serving again after ${Date.now() - killed} ms.`);
    return Date.now() - killed;
  };
  try {
    console.error(`Serving at ${server.baseUrl}; making accounts …`);
    const stage = await setTheStage(client, directory, days);
    watchers = await openWatchers(stage, server.baseUrl, browsers);
    console.error(`${stage.tokens.size} people, ${stage.days.length} days; replaying …`);
    const gatewayUrl = `ws://${environment['FILAMENT_GATEWAY_BIND_ADDR'] ?? ''}/gateway/ws`;
    const { baseUrl } = server;
    const outcome = await replayAll(stage, { baseUrl, gatewayUrl }, restart);
    const problems = [
      ...(await watchersSawTheEnd(watchers, stage.days, screenshots)),
      ...(await verifyAll(stage, outcome)),
      ...(await communityProblems(environment, outcome.site, outcome.community)),
      ...(await compareRebuilt(environment)),
    ];
    console.log(JSON.stringify(figuresOf(stage, outcome, watchers.length, problems), null, 2));
    return problems;
  } finally {
    for (const watcher of watchers) await watcher.close();
    await client.close();
    await server.stop();
  }
};

const figuresOf = (
  stage: Stage,
  outcome: Outcome,
  browsers: number,
  problems: readonly string[],
) => {
  const messages = [...outcome.acknowledged.values()].reduce((sum, list) => sum + list.length, 0);
  return {
    people: stage.tokens.size,
    days: stage.days.length,
    messages,
    seconds: outcome.seconds,
    messagesPerSecond: Math.round(messages / outcome.seconds),
    repeatedAfterLostAnswer: outcome.repeats,
    downMs: outcome.downMs,
    browsers,
    wordsSearched: SEARCHED_WORDS,
    privateMessages: outcome.community.posted.length,
    privateFiles: outcome.community.files.length,
    actsAudited: outcome.community.acts.length,
    problems,
  };
};

const main = async () => {
  const options = readOptions();
  const dataDirectory = temporaryDataDirectory('demo');
  try {
    const problems = await run(options, await environmentFor(dataDirectory));
    process.exitCode = problems.length > 0 ? 1 : 0;
  } finally {
    rmSync(dataDirectory, { recursive: true, force: true });
  }
};

await main();
