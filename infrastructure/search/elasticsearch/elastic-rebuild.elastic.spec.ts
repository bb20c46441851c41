// Rebuilding, indices that go away, and what repeats and disorder do, over a real Elasticsearch.
import { isLeft } from 'fp-ts/lib/Either.js';
import { messageNo } from '../../../domain/shared/testing/samples.ts';
import { elasticOperations } from '../../../projections/search/elastic-documents.ts';
import { type Recorded } from '../../../application/event-store/event-store.ts';
import { ELASTIC_TEST_URL } from '../../testing/elasticsearch-process.ts';
import { openElasticBackend } from '../testing/backends.ts';
import { createSearchWorld, place } from '../testing/search-world.ts';
import { writeOperations } from './elastic-bulk.ts';
import { readElasticControl } from './elastic-control.ts';
import { rebuildElastic } from './rebuild-elastic.ts';

const url = process.env[ELASTIC_TEST_URL] ?? '';
const describeIfThere = url === '' ? describe.skip : describe;
const openWorld = () => createSearchWorld(openElasticBackend(url));

describeIfThere('the index in Elasticsearch', () => {
  let world: Awaited<ReturnType<typeof openWorld>>;
  beforeEach(async () => {
    world = await openWorld();
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
  // Not in the order of their weight: what was deleted or replaced counts in the weight of words until segments are merged.
  const everywhere = async (q: string) => {
    const found = await Promise.all(places.map((at) => world.find(at.guildId, [at.channelId], q)));
    return found.map((ids) => [...ids].sort());
  };
  const control = async () => {
    const found = await readElasticControl(world.pool, world.backend.prefix);
    if (found === null) throw new Error('There is no index.');
    return found;
  };
  const until = async (holds: () => Promise<boolean>) => {
    while (!(await holds())) await new Promise(setImmediate);
  };

  it('equals a rebuilt one, document by document and answer by answer', async () => {
    const follower = world.startFollower();
    await live(40);
    await world.settle(follower);
    await live(40, 40);
    await world.settle(follower);
    const [before, answers] = [await world.backend.contents(), await everywhere('apple edited')];
    const { index } = await control();
    const seen: string[] = [];
    await world.backend.rebuild(({ phase }) => seen.push(phase));
    expect(await world.backend.contents()).toEqual(before);
    expect(await everywhere('apple edited')).toEqual(answers);
    expect(answers.flat().length).toBeGreaterThan(10);
    expect(seen.at(-1)).toBe('done');
    expect(await world.backend.indices.list()).toEqual([(await control()).index]);
    expect((await control()).index).not.toBe(index);
    await follower.stop();
  });

  it('is rebuilt while people write and search, and loses nothing', async () => {
    const follower = world.startFollower();
    await live(30);
    await world.settle(follower);
    const found: number[] = [];
    const done = new AbortController();
    const writing = (async () => {
      for (let n = 0; n < 60; n += 1) await world.post(general, `apple ${n}`);
    })();
    const searching = (async () => {
      while (!done.signal.aborted)
        found.push((await world.find(general.guildId, [general.channelId], 'apple')).length);
    })();
    await world.backend.rebuild();
    await world.backend.rebuild();
    await writing;
    await live(5, 90);
    await world.settle(follower);
    done.abort();
    await searching;
    expect(found).toEqual([...found].sort((a, b) => a - b)); // Never an older state, and never an error
    const before = await world.backend.contents();
    await world.backend.rebuild();
    expect(await world.backend.contents()).toEqual(before);
    expect(world.errors).toEqual([]);
    await follower.stop();
  });

  it('goes on where it was after a restart, with another process beside it', async () => {
    const first = world.startFollower();
    await live(10);
    await world.settle(first);
    const second = world.startFollower(); // Stands by
    await live(10, 10);
    await first.stop();
    await live(10, 20);
    await world.settle(second);
    const before = await world.backend.contents();
    await world.backend.rebuild();
    expect(await world.backend.contents()).toEqual(before);
    await second.stop();
  });

  it('is built anew when it was deleted, though nothing new comes', async () => {
    const follower = world.startFollower();
    await live(20);
    await world.settle(follower);
    const before = await world.backend.contents();
    const { index } = await control();
    await world.backend.indices.remove(index);
    // Whoever searches notices; the answer is that there is none, not that nothing was found.
    const request = { guildId: general.guildId, channelIds: [general.channelId] };
    const outcome = await world.searchAll(request, 'apple');
    expect(outcome !== 'invalid' && isLeft(outcome) && outcome.left).toBe('Unavailable');
    await until(async () => (await control()).index !== index);
    await world.settle(follower);
    expect(await world.backend.contents()).toEqual(before);
    await follower.stop();
  });

  it('is built anew when it was deleted, by what is posted next', async () => {
    const follower = world.startFollower();
    await live(10);
    await world.settle(follower);
    const { index } = await control();
    await world.backend.indices.remove(index);
    const id = await world.post(general, 'apple after the loss');
    await until(async () => (await control()).index !== index);
    await world.settle(follower);
    expect(await world.find(general.guildId, [general.channelId], 'loss')).toEqual([id]);
    // Nothing made an index by itself, without the mapping.
    expect(await world.backend.indices.list()).toEqual([(await control()).index]);
    await follower.stop();
  });

  it('is left alone by an installation whose it is not', async () => {
    const follower = world.startFollower();
    await live(3);
    await world.settle(follower);
    await follower.stop();
    const { index } = await control();
    // Another database, and so another installation, that was given the same prefix.
    await world.pool.query('DELETE FROM ops.elasticsearch');
    const { home } = world.backend;
    await expect(
      rebuildElastic({ ...home, pool: world.pool, installation: 'another' }),
    ).rejects.toThrow(/belong to another installation/);
    expect(await world.backend.indices.list()).toEqual([index]);
  });

  it('takes events twice and in any order, and ends the same', async () => {
    const follower = world.startFollower();
    await live(12);
    await world.settle(follower);
    await follower.stop();
    const before = await world.backend.contents();
    const { index } = await control();
    const events = (await world.store.readAll(world.store.start, 1_000)).filter(
      (event): event is Recorded => event.type !== 'Undecodable',
    );
    // One by one, latest first: each is older than what is there.
    for (const event of events.toReversed()) {
      const operations = elasticOperations([event]);
      await writeOperations(world.backend.client, index, operations, { refresh: true });
    }
    expect(await world.backend.contents()).toEqual(before);
  });

  it('holds no text, and refuses fields that it does not know', async () => {
    const follower = world.startFollower();
    const id = await world.post(general, 'a canary in the clear');
    await world.settle(follower);
    const { index } = await control();
    const found = await fetch(`${url}/${index}/_doc/${id}?routing=${general.guildId}`);
    expect(await found.json()).toMatchObject({ found: true });
    const again = await fetch(`${url}/${index}/_doc/${id}?routing=${general.guildId}`);
    expect(await again.text()).not.toContain('canary');
    const refused = await fetch(`${url}/${index}/_doc/x?routing=${general.guildId}`, {
      method: 'PUT',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ content: 'a canary in the clear' }),
    });
    expect(refused.status).toBe(400);
    await follower.stop();
  });

  it('forgets the index in PostgreSQL once this one is there', async () => {
    await world.pool.query('CREATE SCHEMA rm_search');
    await world.pool.query(
      "INSERT INTO ops.projections (name, version, position) VALUES ('search', 1, '0')",
    );
    const follower = world.startFollower();
    await live(1);
    await world.settle(follower);
    const left = await world.pool.query(
      "SELECT to_regnamespace('rm_search')::text AS schema, (SELECT count(*)::int FROM ops.projections) AS rows",
    );
    expect(left.rows).toEqual([{ schema: null, rows: 0 }]);
    await follower.stop();
  });

  it('sets an event aside that cannot be read, and indexes those after it', async () => {
    const follower = world.startFollower();
    await live(3);
    const appended = await world.log.append({
      stream: 'message-01J00000000000000000000BAD',
      expected: 'no_stream',
      events: [
        {
          ...{ eventId: '00000000-0000-7000-8000-00000000beef', type: 'MessagePosted' },
          ...{ version: 99, scope: null, actor: 'system', causationId: null, payload: '{}' },
          correlationId: '00000000-0000-4000-8000-000000000001',
        },
      ],
    })();
    expect(isLeft(appended)).toBe(false);
    const id = await world.post(general, 'apple after poison');
    await world.settle(follower);
    expect(await world.find(general.guildId, [general.channelId], 'poison')).toEqual([id]);
    const parked = await world.pool.query<{ projection: string }>(
      'SELECT projection FROM ops.parked_events',
    );
    expect(parked.rows).toEqual([{ projection: 'search' }]);
    await follower.stop();
  });

  it('sets a document aside that is refused, and indexes those beside it', async () => {
    const follower = world.startFollower();
    await live(1);
    await world.settle(follower);
    const { index } = await control();
    const good = messageNo(900);
    const operation = (messageId: typeof good, more: object) => ({
      ...{ messageId, guildId: general.guildId, position: world.store.start },
      ...{ type: 'MessagePosted' as const, version: 1 },
      document: {
        ...{ guild: general.guildId, channel: general.channelId, message: messageId, text: 'x' },
        ...more,
      },
    });
    const { changed, refused } = await writeOperations(
      world.backend.client,
      index,
      [operation(messageNo(901), { unknown: 'field' }), operation(good, {})],
      { refresh: true },
    );
    expect([changed, refused.map(({ reason }) => reason)]).toEqual([
      1,
      ['400 strict_dynamic_mapping_exception'],
    ]);
    await follower.stop();
  });
});
