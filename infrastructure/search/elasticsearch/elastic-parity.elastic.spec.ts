// Two indexes of one log, in PostgreSQL and in Elasticsearch: they find the same, also by patterns.
import * as fc from 'fast-check';
import { isLeft } from 'fp-ts/lib/Either.js';
import { type MessageId } from '../../../domain/shared/ids.ts';
import { ELASTIC_TEST_URL } from '../../testing/elasticsearch-process.ts';
import { seeded } from '../testing/asked-queries.ts';
import { openElasticBackend, TIMEOUT_MS } from '../testing/backends.ts';
import {
  createPostgresSearchWorld,
  place,
  type PostgresSearchWorld,
} from '../testing/search-world.ts';
import { parseQuery } from '../../../application/search/parse-query.ts';

const url = process.env[ELASTIC_TEST_URL] ?? '';
const describeIfThere = url === '' ? describe.skip : describe;
const LIMIT = 50;
const MESSAGES = 250;
// Fewer than one pattern may stand for, so that both expand to all of them; one letter alone is where fuzzy words differ.
const VOCABULARY = [
  ...['ab', 'abc', 'abcd', 'abd', 'acb', 'ba', 'bab', 'baba', 'bac', 'bcd', 'cab', 'caba', 'cad'],
  ...[
    'dab',
    'dabc',
    'straße',
    'crème',
    'Łódź',
    'foo.bar',
    "don't",
    '日本語',
    '東京都',
    '🔥',
    'สวัสดี',
  ],
];
const REACH = [place(1, 1), place(1, 2), place(2, 1)];

const word = fc.constantFrom(...VOCABULARY);
const plain = fc.constantFrom(...VOCABULARY.slice(0, 15));
const leaf = fc.oneof(
  word,
  plain.map((one) => `${one.slice(0, 2)}*`),
  plain.map((one) => `*${one.slice(-1)}`),
  plain.map((one) => `${one.slice(0, 1)}?${one.slice(2)}`),
  plain.map((one) => `${one}~1`),
  plain.map((one) => `${one}~2`),
  fc.tuple(word, word).map(([a, b]) => `"${a} ${b}"`),
  fc.tuple(word, plain).map(([a, b]) => `"${a} ${b.slice(0, 1)}*"`),
);
const asked = fc.oneof(
  leaf,
  fc.tuple(leaf, leaf).map(([a, b]) => `${a} ${b}`),
  fc.tuple(leaf, word).map(([a, b]) => `(${a}) AND ${b}`),
  fc.tuple(leaf, word).map(([a, b]) => `${a} -${b}`),
  fc.tuple(word, leaf, word).map(([a, b, c]) => `+${a} ${b} -${c}`),
);

describeIfThere('both indexes', () => {
  let world: PostgresSearchWorld;
  let elastic: Awaited<ReturnType<ReturnType<typeof openElasticBackend>>>;

  beforeAll(async () => {
    world = await createPostgresSearchWorld();
    elastic = await openElasticBackend(url, { shards: 2 })({ ...world, url: world.database.url });
    const random = seeded(5);
    const drawn = () => VOCABULARY[Math.floor(random() * VOCABULARY.length)] ?? 'ab';
    const ids: MessageId[] = [];
    for (let n = 0; n < MESSAGES; n += 1) {
      const text = Array.from({ length: 1 + Math.floor(random() * 6) }, drawn).join(' ');
      const at = REACH[n % REACH.length] ?? place(1, 1);
      ids.push(await world.post(at, text));
      if (n % 7 === 0) await world.edit(at, ids[n]!, `${text} ${drawn()}`);
      if (n % 11 === 0) await world.remove(at, ids[n]!);
    }
    await world.backend.rebuild();
    await elastic.rebuild();
  });
  afterAll(async () => {
    await elastic.close();
    await world.close();
  });

  it('find the same messages', async () => {
    let compared = 0;
    await fc.assert(
      fc.asyncProperty(
        asked,
        fc.subarray(REACH.slice(0, 2), { minLength: 1 }),
        async (q, reach) => {
          const query = parseQuery(q, { bytesMax: 256 });
          if (isLeft(query)) return; // Refused before any index is asked
          const request = {
            ...{ guildId: reach[0]!.guildId, channelIds: reach.map(({ channelId }) => channelId) },
            ...{ query: query.right, limit: LIMIT, timeoutMs: TIMEOUT_MS },
          };
          const [mine, theirs] = await Promise.all(
            [world.backend, elastic].map(async ({ index }) => {
              const outcome = await index.search(request);
              if (isLeft(outcome)) throw new Error(outcome.left);
              return [...outcome.right.messageIds].sort();
            }),
          );
          if (mine!.length < LIMIT || theirs!.length < LIMIT)
            expect({ q, found: theirs }).toEqual({ q, found: mine });
          compared += mine!.length;
        },
      ),
      { numRuns: 250 },
    );
    expect(compared).toBeGreaterThan(1_000);
  });
});
