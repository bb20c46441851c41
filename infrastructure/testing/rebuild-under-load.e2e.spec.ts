// All read models are rebuilt while people post and read: nobody meets an error or an older state. Prints how reads fare.
// FILAMENT_TEST_REBUILD_MESSAGES=1000000 makes it a long run.
import { performance } from 'node:perf_hooks';
import { setTimeout as delay } from 'node:timers/promises';
import { type ApiClient } from '../api-client/api-client.ts';
import { quantile } from '../bench/measure.ts';
import { clientOf, type Person, type Place, settle, signUp } from './people.ts';
import { createTestSite, GENEROUS, runFilament, until } from './test-site.ts';

const MESSAGES = Number(process.env['FILAMENT_TEST_REBUILD_MESSAGES'] ?? 3_000);
const MS_PER_MESSAGE_MAX = 10; // Written, projected and rebuilt
const REBUILD_MS_MAX = 30_000 + MESSAGES * MS_PER_MESSAGE_MAX;
jest.setTimeout(120_000 + 2 * REBUILD_MS_MAX);

const FILLERS = 16;
const POSTS_PER_SECOND = 50;
const READERS = 2;
const PAUSE_MS = 5; // Of a reader between two reads
const PAGE = 50;
const NORMAL_READS = 500;

const site = createTestSite('rebuild-under-load');
afterAll(site.cleanUp);

type Watched = {
  readonly reads: number[]; // Milliseconds of each
  readonly writes: number[]; // Posted, and then read by its author
  readonly olderStates: string[];
  readonly missedWrites: string[];
};

const newestOf = async (api: ApiClient, { token }: Person, place: Place, limit: number) =>
  (await api.history(token, place.guildId, place.channelId, { limit })).messages;

/** Posts and reads until told to end; rejects with the first answer that is not the contract's. */
const watchWhile = (api: ApiClient, author: Person, readers: readonly Person[], place: Place) => {
  const watched: Watched = { reads: [], writes: [], olderStates: [], missedWrites: [] };
  let isEnding = false;
  const post = async (): Promise<void> => {
    for (let due = performance.now(); !isEnding; due += 1000 / POSTS_PER_SECOND) {
      await delay(Math.max(0, due - performance.now()));
      const begun = performance.now();
      const { guildId, channelId } = place;
      const { message_id: id } = await api.post(author.token, guildId, channelId, 'while rebuilt');
      const found = await newestOf(api, author, place, 1);
      // Nobody else writes here.
      if (found[0]?.message_id !== id) watched.missedWrites.push(id);
      watched.writes.push(performance.now() - begun);
    }
  };
  const read = async (reader: Person): Promise<void> => {
    let newest = '';
    while (!isEnding) {
      const begun = performance.now();
      const found = await newestOf(api, reader, place, PAGE);
      watched.reads.push(performance.now() - begun);
      const ids = found.map(({ message_id }) => String(message_id)).toSorted();
      const last = ids.at(-1) ?? '';
      if (last < newest || found.length < PAGE) watched.olderStates.push(`${last} after ${newest}`);
      newest = last;
      await delay(PAUSE_MS);
    }
  };
  const watching = Promise.all([post(), ...readers.map(read)]);
  watching.catch(() => (isEnding = true));
  return {
    watched,
    end: async (): Promise<Watched> => {
      isEnding = true;
      await watching;
      return watched;
    },
  };
};

const shown = (name: string, { reads, writes }: Watched): string => {
  const [half, most] = [0.5, 0.99].map((q) => quantile(reads, q).toFixed(1));
  return `  ${name}: ${reads.length} reads, p50 ${half} ms, p99 ${most} ms; ${writes.length} posts`;
};

it('lets nobody see an error or an older state while everything is rebuilt', async () => {
  const dataDirectory = site.newDataDirectory();
  const server = await site.start(dataDirectory, GENEROUS);
  const api = clientOf(site, server);
  const author = await signUp(api, 'author');
  const readers: Person[] = [];
  for (let n = 0; n < READERS; n += 1) readers.push(await signUp(api, `reader_${n}`));
  const place = await settle(api, author);
  for (const { token } of readers) await api.joinGuild(token, place.guildId);
  let written = 0;
  const fill = async (): Promise<void> => {
    while (written < MESSAGES) {
      written += 1;
      await api.post(author.token, place.guildId, place.channelId, `before, number ${written}`);
    }
  };
  await Promise.all(Array.from({ length: FILLERS }, fill));

  const normal = watchWhile(api, author, readers, place);
  await until('enough is read', () => normal.watched.reads.length >= NORMAL_READS, 60_000);
  const usual = await normal.end();

  const watching = watchWhile(api, author, readers, place);
  const begun = performance.now();
  const rebuilt = await runFilament(
    ['projections', 'rebuild', '--json'],
    { FILAMENT_DATA_DIR: dataDirectory },
    REBUILD_MS_MAX,
  );
  const seconds = (performance.now() - begun) / 1000;
  const meanwhile = await watching.end();
  const ratio = quantile(meanwhile.reads, 0.99) / quantile(usual.reads, 0.99);
  process.stderr.write(
    `all read models of ${MESSAGES.toLocaleString('en')} messages rebuilt in ${seconds.toFixed(1)} s\n` +
      `${shown('before', usual)}\n${shown('meanwhile', meanwhile)}\n  p99 ${ratio.toFixed(2)} times\n`,
  );

  expect(rebuilt).toMatchObject({ code: 0 });
  for (const { olderStates, missedWrites } of [usual, meanwhile]) {
    expect(olderStates).toEqual([]);
    expect(missedWrites).toEqual([]);
  }
  expect(meanwhile.reads.length).toBeGreaterThan(0);
  const verified = await runFilament(
    ['projections', 'verify', '--json'],
    { FILAMENT_DATA_DIR: dataDirectory },
    REBUILD_MS_MAX,
  );
  expect(verified).toMatchObject({ code: 0 });
});
