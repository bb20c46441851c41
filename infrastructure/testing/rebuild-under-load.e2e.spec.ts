// All read models are rebuilt while people post and read: nobody meets an error or an older state. Prints how reads fare.
// FILAMENT_TEST_REBUILD_MESSAGES=1000000 makes it a long run, of FILAMENT_TEST_REBUILD_PROJECTIONS where not all are wanted.
import { performance } from 'node:perf_hooks';
import { setTimeout as delay } from 'node:timers/promises';
import { type ApiClient } from '../api-client/api-client.ts';
import { quantile } from '../bench/measure.ts';
import { clientOf, type Person, type Place, settle, signUp } from './people.ts';
import { type Posted, startPosting } from './rebuild/posting.ts';
import { seedMessages } from './rebuild/seed-messages.ts';
import { createTestSite, GENEROUS, runFilament, until } from './test-site.ts';

const MESSAGES = Number(process.env['FILAMENT_TEST_REBUILD_MESSAGES'] ?? 3_000);
const PROJECTIONS = (process.env['FILAMENT_TEST_REBUILD_PROJECTIONS'] ?? '')
  .split(' ')
  .filter((name) => name !== '');
const MS_PER_MESSAGE_MAX = 10; // Written, projected and rebuilt with rests
const REBUILD_MS_MAX = 120_000 + MESSAGES * MS_PER_MESSAGE_MAX;
jest.setTimeout(120_000 + 3 * REBUILD_MS_MAX);

const POSTS_PER_SECOND = 50;
const READERS = 2;
const PAUSE_MS = 5; // Of a reader between two reads
const PAGE = 50;
const LONG = { FILAMENT_ACCESS_TOKEN_TTL_SECS: '3600' }; // A million takes half an hour.
// Some 500 posts in normal times, to compare with.
const NORMAL_MS = Number(process.env['FILAMENT_TEST_NORMAL_MS'] ?? 10_000);

const site = createTestSite('rebuild-under-load');
afterAll(site.cleanUp);

type Watched = Posted & {
  readonly reads: readonly number[]; // Milliseconds of each
  readonly olderStates: readonly string[];
};

const newestOf = async (api: ApiClient, { token }: Person, place: Place, limit: number) =>
  (await api.history(token, place.guildId, place.channelId, { limit })).messages;

/** Posts and reads until told to end; rejects with the first answer that is not the contract's. */
const watchWhile = (
  { posts, reads: api }: { readonly posts: ApiClient; readonly reads: ApiClient },
  author: Person,
  readers: readonly Person[],
  place: Place,
  name: string,
) => {
  const reads: number[] = [];
  const olderStates: string[] = [];
  let isEnding = false;
  const read = async (reader: Person): Promise<void> => {
    let newest = '';
    while (!isEnding) {
      const begun = performance.now();
      const found = await newestOf(api, reader, place, PAGE);
      reads.push(performance.now() - begun);
      const ids = found.map(({ message_id }) => String(message_id)).toSorted();
      const last = ids.at(-1) ?? '';
      if (last < newest || found.length < PAGE) olderStates.push(`${last} after ${newest}`);
      newest = last;
      await delay(PAUSE_MS);
    }
  };
  const posting = startPosting(posts, { author, place, perSecond: POSTS_PER_SECOND, name });
  const reading = Promise.race([Promise.all(readers.map(read)), posting.failed]);
  reading.catch(() => (isEnding = true));
  return {
    reading,
    end: async (): Promise<Watched> => {
      isEnding = true;
      await reading;
      return { ...(await posting.end()), reads, olderStates };
    },
  };
};

const shown = (name: string, { reads, posts, perSecond, repeats, heldBack }: Watched): string => {
  const [half, most] = [0.5, 0.99].map((q) => quantile(reads, q).toFixed(1));
  return (
    `  ${name}: ${reads.length} reads, p50 ${half} ms, p99 ${most} ms; ${posts} posts, ` +
    `${perSecond.toFixed(1)} a second, ${repeats} repeated, ${heldBack} held back`
  );
};

it('lets nobody see an error or an older state while everything is rebuilt', async () => {
  const dataDirectory = site.newDataDirectory();
  const server = await site.start(dataDirectory, { ...GENEROUS, ...LONG });
  const api = clientOf(site, server);
  const author = await signUp(api, 'author');
  const readers: Person[] = [];
  for (let n = 0; n < READERS; n += 1) readers.push(await signUp(api, `reader_${n}`));
  const place = await settle(api, author);
  for (const { token } of readers) await api.joinGuild(token, place.guildId);
  const lastSeeded = await seedMessages(dataDirectory, author, place, MESSAGES);
  const isThere = async () => (await newestOf(api, author, place, 1))[0]?.message_id === lastSeeded;
  await until('the last message is there', isThere, REBUILD_MS_MAX);
  const find = () => api.search(author.token, place.guildId, `"number ${MESSAGES}"`, 1);
  const isFound = async () => (await find()).message_ids[0] === lastSeeded;
  await until('it can be found', isFound, REBUILD_MS_MAX);

  // Connections of their own, so that nobody waits for those of a program that is not the server.
  const clients = { posts: api, reads: clientOf(site, server) };
  const normal = watchWhile(clients, author, readers, place, 'normal');
  await Promise.race([delay(NORMAL_MS), normal.reading]);
  const usual = await normal.end();

  const watching = watchWhile(clients, author, readers, place, 'meanwhile');
  const begun = performance.now();
  const rebuilt = await runFilament(
    ['projections', 'rebuild', ...PROJECTIONS, '--json'],
    { FILAMENT_DATA_DIR: dataDirectory },
    REBUILD_MS_MAX,
  );
  const seconds = (performance.now() - begun) / 1000;
  const meanwhile = await watching.end();
  const ratio = quantile(meanwhile.reads, 0.99) / quantile(usual.reads, 0.99);
  process.stderr.write(
    `${PROJECTIONS.join(', ') || 'all read models'} of ${MESSAGES.toLocaleString('en')} messages rebuilt in ${seconds.toFixed(1)} s\n` +
      `${shown('before', usual)}\n${shown('meanwhile', meanwhile)}\n  p99 ${ratio.toFixed(2)} times\n`,
  );

  expect(rebuilt).toMatchObject({ code: 0 });
  for (const { olderStates, missedWrites } of [usual, meanwhile]) {
    expect(olderStates).toEqual([]);
    expect(missedWrites).toEqual([]);
  }
  expect(meanwhile.reads.length).toBeGreaterThan(0);
  const verified = await runFilament(
    ['projections', 'verify', '--full-speed', '--json'],
    { FILAMENT_DATA_DIR: dataDirectory },
    REBUILD_MS_MAX,
  );
  expect(verified).toMatchObject({ code: 0 });
});
