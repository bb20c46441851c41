// Processes are killed at random moments while many post: nothing acknowledged is lost, doubled or out of order, and the
// server is there again by itself. Prints how soon. FILAMENT_TEST_KILLS=1000 makes it a long run, FILAMENT_TEST_KILLS_SEED
// repeats one.
import { performance } from 'node:perf_hooks';
import { setTimeout as delay } from 'node:timers/promises';
import { type ApiClient } from '../api-client/api-client.ts';
import { quantile } from '../bench/measure.ts';
import { createRandom, type Random } from '../repeatable/random.ts';
import { type KeptServer, keepServer } from './kills/kept-server.ts';
import { compareWithHistory } from './kills/ledger.ts';
import { strike, type Victim, VICTIMS } from './kills/victims.ts';
import { startWriters, type Writer, type Writing } from './kills/writers.ts';
import { clientOf, type Person, settle, signIn, signUp, wholeHistory } from './people.ts';
import { createTestSite, runFilament, until } from './test-site.ts';

const KILLS = Number(process.env['FILAMENT_TEST_KILLS'] ?? 60);
const SEED = Number(process.env['FILAMENT_TEST_KILLS_SEED'] ?? Date.now() % 1_000_000);
const MS_PER_KILL_MAX = 20_000;
jest.setTimeout(120_000 + KILLS * MS_PER_KILL_MAX);

const PEOPLE = 4;
const CHANNELS = 4;
const WRITERS = 20; // Each person writes in several channels at once.
const PER_SECOND = 200;
const PAUSE_MS_MAX = 600; // Between being there again and the next kill
const AGAIN_SHARE = 0.2; // Of kills that are followed by one before the server is there again
const AGAIN_MS_MAX = 400;

const site = createTestSite('kills');
afterAll(site.cleanUp);

type Outage = { readonly victim: Victim; readonly readyMs: number; readonly sentMs: number };

const isReady = (baseUrl: string): Promise<boolean> =>
  fetch(`${baseUrl}/health/ready`, { signal: AbortSignal.timeout(1_000) }).then(
    ({ status }) => status === 200,
    () => false,
  );

/** One kill, or two shortly after each other, and how long after the last the server was there again. */
const killOnce = async (
  dataDirectory: string,
  server: KeptServer,
  writing: Writing,
  random: Random,
): Promise<readonly Outage[]> => {
  const victims: Victim[] = [];
  let killedAt: number;
  for (;;) {
    killedAt = performance.now();
    const victim = VICTIMS[random.below(VICTIMS.length)]!;
    victims.push(await strike(victim, dataDirectory, server.kill, random));
    if (!random.chance(AGAIN_SHARE)) break;
    await delay(random.below(AGAIN_MS_MAX));
  }
  const since = () => performance.now() - killedAt;
  const sent = writing.nextSend().then(since);
  const ready = until('the server is ready', () => isReady(server.baseUrl), MS_PER_KILL_MAX).then(
    since,
  );
  const [readyMs, sentMs] = await Promise.all([ready, sent]);
  await server.started();
  return victims.map((victim) => ({ victim, readyMs, sentMs }));
};

const report = (outages: readonly Outage[], writing: Writing, failedStarts: number): string => {
  const line = (name: string, of: readonly Outage[]) => {
    const [ready, sent] = [of.map(({ readyMs }) => readyMs), of.map(({ sentMs }) => sentMs)];
    const shown = (values: readonly number[]) =>
      `p50 ${quantile(values, 0.5).toFixed(0)} ms, p99 ${quantile(values, 0.99).toFixed(0)} ms`;
    return `  ${name}: ${of.length}; ready again ${shown(ready)}; first send ${shown(sent)}`;
  };
  return [
    `${outages.length} kills (seed ${SEED}), ${writing.acknowledged.length} messages acknowledged, ` +
      `${writing.repeats()} tries repeated, ${failedStarts} starts failed`,
    line('all', outages),
    ...VICTIMS.map((name) => {
      const of = outages.filter(({ victim }) => victim === name);
      return of.length === 0 ? `  ${name}: 0` : line(name, of);
    }),
  ].join('\n');
};

const settleAll = async (api: ApiClient): Promise<readonly Writer[]> => {
  const people: Person[] = [];
  for (let n = 0; n < PEOPLE; n += 1) people.push(await signUp(api, `writer_${n}`));
  const [owner, ...others] = people as [Person, ...Person[]];
  const first = await settle(api, owner);
  for (const { token } of others) await api.joinGuild(token, first.guildId);
  const places = [first];
  for (let n = 1; n < CHANNELS; n += 1) {
    const { guildId } = first;
    const { channel_id: channelId } = await api.createChannel(owner.token, guildId, `room-${n}`);
    places.push({ guildId, channelId });
  }
  return Array.from({ length: WRITERS }, (_, n) => ({
    name: `w${n}`,
    person: people[n % PEOPLE]!,
    place: places[Math.floor(n / PEOPLE) % CHANNELS]!,
    everyMs: (WRITERS / PER_SECOND) * 1000,
  }));
};

it(`keeps every acknowledged message, once and in order, through ${KILLS} kills`, async () => {
  const random = createRandom(SEED);
  const dataDirectory = site.newDataDirectory();
  const server = await keepServer(site, dataDirectory);
  const api = clientOf(site, server);
  const writers = await settleAll(api);
  const writing = startWriters(api, writers);
  site.onCleanUp(writing.abandon);
  const outages: Outage[] = [];
  try {
    while (outages.length < KILLS) {
      await delay(random.below(PAUSE_MS_MAX));
      outages.push(...(await killOnce(dataDirectory, server, writing, random)));
    }
  } catch (cause) {
    throw new Error(`seed ${SEED}, kill ${outages.length}:\n${server.output()}`, { cause });
  }
  await writing.finish();
  process.stderr.write(`${report(outages, writing, server.failedStarts())}\n`);

  const { token } = await signIn(api, writers[0]!.person.name, writers[0]!.person.password);
  for (const place of new Set(writers.map((writer) => writer.place))) {
    const names = new Set(
      writers.filter((writer) => writer.place === place).map(({ name }) => name),
    );
    const mine = writing.acknowledged.filter(({ author }) => names.has(author));
    expect(mine.length).toBeGreaterThan(0);
    expect(compareWithHistory(mine, await wholeHistory(api, token, place))).toEqual({
      lost: [],
      doubled: [],
      renamed: [],
      reordered: [],
      unasked: [],
    });
  }
  const verify = (...args: readonly string[]) =>
    runFilament([...args, '--json'], { FILAMENT_DATA_DIR: dataDirectory });
  expect(await verify('log', 'verify')).toMatchObject({ code: 0 });
  expect(await verify('projections', 'verify', '--full-speed')).toMatchObject({ code: 0 });
});
