import { isLeft } from 'fp-ts/lib/Either.js';
import { readControls } from '../projections/control-rows.ts';
import { createPostgresFollowedIndex } from './postgres-followed-index.ts';
import { checksumSearch } from './rebuild-search.ts';
import { createSearchFollower } from './search-follower.ts';
import {
  createPostgresSearchWorld,
  place,
  type PostgresSearchWorld,
} from './testing/search-world.ts';

let world: PostgresSearchWorld;
beforeEach(async () => {
  world = await createPostgresSearchWorld();
});
afterEach(() => world.close());

const general = place(1, 1);
const places = [general, place(1, 2), place(2, 1), place(3, 1)];
const WORDS = 'apple banana cherry damson elder fig grape hazel iris juniper'.split(' ');

/** Posts, edits and deletes in turn, always the same. */
const live = async (steps: number, from = 0): Promise<void> => {
  for (let step = from; step < from + steps; step += 1) {
    const at = places[step % places.length] ?? general;
    const text = WORDS.filter((_, n) => (step * 7 + n * 3) % 5 < 2).join(' ');
    const id = await world.post(at, `${text} n${step}`);
    if (step % 3 === 0) await world.edit(at, id, `${text} edited ${step}`);
    if (step % 5 === 0) await world.remove(at, id);
  }
};
const apples = () =>
  world.find(
    general.guildId,
    places.map(({ channelId }) => channelId),
    'apple',
  );
const checksums = () => checksumSearch(world.pool, world.backend.projector);
const rebuild = () => world.backend.rebuild();

it('a rebuilt index equals the live one, number by number', async () => {
  const follower = world.startFollower();
  await live(40);
  await world.settle(follower);
  await live(40, 40);
  await world.settle(follower);
  const before = await checksums();
  const seen: string[] = [];
  await world.backend.rebuild(({ phase }) => seen.push(phase));
  expect(await checksums()).toEqual(before);
  expect(before.every(({ rows }) => rows > 0)).toBe(true);
  expect(seen.at(-1)).toBe('done');
  await follower.stop();
});

it('a rebuild takes over while people write and search, and loses nothing', async () => {
  const follower = world.startFollower();
  await live(30);
  await world.settle(follower);
  const found = new Set<number>();
  const writing = (async () => {
    for (let n = 0; n < 60; n += 1) await world.post(general, `apple ${n}`);
  })();
  const searching = (async () => {
    for (let n = 0; n < 60; n += 1) found.add((await apples()).length);
  })();
  await rebuild();
  await rebuild();
  await Promise.all([writing, searching]);
  await live(5, 90);
  await world.settle(follower);
  const grown = [...found];
  expect(grown).toEqual([...grown].sort((a, b) => a - b)); // Never an older state
  const before = await checksums();
  await rebuild();
  expect(await checksums()).toEqual(before);
  expect(world.errors).toEqual([]);
  await follower.stop();
});

it('goes on where it was after a restart, with another process beside it', async () => {
  const first = world.startFollower();
  await live(20);
  await world.settle(first);
  const second = world.startFollower(); // Stands by
  await live(20, 20);
  await first.stop();
  await live(20, 40);
  await world.settle(second);
  const before = await checksums();
  await rebuild();
  expect(await checksums()).toEqual(before);
  await second.stop();
});

it('is waited for also by processes that do not keep it, as long as they ask for and no longer', async () => {
  const keeper = world.startFollower();
  await world.settle(keeper);
  const other = world.startFollower();
  await live(5);
  const head = await world.log.head();
  const waits = Array.from({ length: 5 }, () => other.waitFor(head, 20_000));
  expect(await Promise.all(waits)).toEqual([true, true, true, true, true]);
  const [control] = await readControls(world.pool, ['search']);
  expect(control?.position).toBe(head);
  const beyond = `${head.slice(0, -1)}~` as typeof head;
  expect(await other.waitFor(beyond, 30)).toBe(false);
  await other.stop();
  await keeper.stop();
});

it('outlives a database that ends its connections', async () => {
  const follower = world.startFollower();
  await live(5);
  await world.settle(follower);
  await world.pool.query(
    `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
      WHERE datname = current_database() AND pid <> pg_backend_pid() AND query LIKE '%rm_search%'`,
  );
  await world.pool.query(
    `SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory' AND objid = 5
        AND classid = 7310 AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`,
  );
  await live(5, 5);
  await world.settle(follower);
  expect((await apples()).length).toBeGreaterThan(0);
  await follower.stop();
});

it('indexes again what a crash of the database took back, also when nothing new comes', async () => {
  const follower = world.startFollower();
  await live(5);
  await world.settle(follower);
  const before = await checksums();
  // Rows and checkpoint together, as commits that did not wait for the disk.
  await world.pool.query(
    `DO $$ DECLARE t text; BEGIN
       FOR t IN SELECT tablename FROM pg_tables WHERE schemaname = 'rm_search' LOOP
         EXECUTE format('DELETE FROM rm_search.%I', t);
       END LOOP;
       UPDATE ops.projections SET position = repeat('0', length(position)) WHERE name = 'search';
     END $$`,
  );
  await world.pool.query(
    `SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory' AND objid = 5
        AND classid = 7310 AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`,
  );
  const isBack = async () => JSON.stringify(await checksums()) === JSON.stringify(before);
  while (!(await isBack())) await new Promise(setImmediate);
  expect(before.every(({ rows }) => rows > 0)).toBe(true);
  await follower.stop();
});

it('is built anew for another version of the program, and left alone by an older one', async () => {
  const follower = world.startFollower();
  await live(10);
  await world.settle(follower);
  await follower.stop();
  const { projector: older } = world.backend;
  const newer = { ...older, version: older.version + 1 };
  const index = createPostgresFollowedIndex({ ...world, projector: newer });
  const second = createSearchFollower({ ...world, index });
  second.start();
  await world.settle(second);
  const [control] = await readControls(world.pool, ['search']);
  expect(control?.version).toBe(newer.version);
  await second.stop();
  const third = world.startFollower();
  expect(await third.waitFor(await world.log.head(), 50)).toBe(false);
  await third.stop();
  const [after] = await readControls(world.pool, ['search']);
  expect(after?.version).toBe(newer.version);
});

it('says that there is no index yet, rather than that nothing was found', async () => {
  const outcome = await world.searchAll({ ...general, channelIds: [general.channelId] }, 'apple');
  expect(outcome !== 'invalid' && isLeft(outcome) && outcome.left).toBe('Unavailable');
});

it('sets an event aside that cannot be read, and indexes those after it', async () => {
  const follower = world.startFollower();
  await live(3);
  // A later version of the program may have written it; only the log itself knows such events here.
  const appended = await world.log.append({
    stream: 'message-01J00000000000000000000BAD',
    expected: 'no_stream',
    events: [
      {
        ...{ eventId: '00000000-0000-7000-8000-00000000beef', type: 'MessagePosted', version: 99 },
        ...{ scope: null, actor: 'system', causationId: null, payload: '{}' },
        correlationId: '00000000-0000-4000-8000-000000000001',
      },
    ],
  })();
  expect(isLeft(appended)).toBe(false);
  const id = await world.post(general, 'apple after poison');
  await world.settle(follower);
  expect(await apples()).toContain(id);
  const parked = await world.pool.query<{ projection: string }>(
    'SELECT projection FROM ops.parked_events',
  );
  expect(parked.rows).toEqual([{ projection: 'search' }]);
  await follower.stop();
});
