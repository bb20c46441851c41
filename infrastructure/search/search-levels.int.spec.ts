// A guild of many segments beside a small one, against brute force: whatever segments are read, nothing is missed or
// comes twice.
import * as fc from 'fast-check';
import { type Recorded } from '../../application/event-store/event-store.ts';
import { type MessageId } from '../../domain/shared/ids.ts';
import { messageNo, noon, userNo } from '../../domain/shared/testing/samples.ts';
import { inSchema, liveSchema } from '../../projections/projector.ts';
import { writeControl } from '../projections/control-rows.ts';
import { ASKED, drawnWords, seeded } from './testing/asked-queries.ts';
import {
  createPostgresSearchWorld,
  place,
  type Place,
  type PostgresSearchWorld,
} from './testing/search-world.ts';

type Text = Place & { readonly messageId: MessageId; readonly words: readonly string[] };

const MESSAGES = 24_000;
const SMALL_GUILD_EACH = 6;
const BATCH = 1_000;

let world: PostgresSearchWorld;
const random = seeded(11);
const texts = Array.from({ length: MESSAGES }, (_, n): Text => ({
  ...(n % SMALL_GUILD_EACH === 0 ? place(2, 1) : place(1, n % 50 === 1 ? 2 : 1)),
  messageId: messageNo(n),
  words: n === 100 ? ['oldest', 'w0'] : drawnWords(random),
}));

/** Straight to the tables: the log has no part in what is tested here. */
const fill = async ({
  pool,
  store,
  backend: { projector },
}: PostgresSearchWorld): Promise<void> => {
  const schema = liveSchema(projector);
  const run = (sql: string, values: readonly unknown[] = []) =>
    pool.query(inSchema(sql, schema), [...values]);
  await run('CREATE SCHEMA {schema}');
  await run(projector.createTables);
  await run(projector.createIndexes);
  for (let from = 0; from < MESSAGES; from += BATCH) {
    const events = texts.slice(from, from + BATCH).map(({ words, ...where }, n): Recorded => {
      const data = {
        ...{ ...where, authorId: userNo(1), attachmentIds: [], at: noon },
        content: words.join(' '),
      };
      const meta = {
        ...{ position: store.start, stream: `message-${where.messageId}`, revision: 0 },
        ...{ eventId: String(from + n), version: 1, recordedAt: noon, actor: 'system' },
        ...{ correlationId: 'fill', causationId: null },
      };
      return { type: 'MessagePosted', data, meta };
    });
    for (const { sql, values } of projector.project(events)) await run(sql, values);
  }
  await writeControl(pool, { ...projector, position: store.start });
};

beforeAll(async () => {
  world = await createPostgresSearchWorld();
  await fill(world);
}, 60_000);
afterAll(() => world.close());

const PLACES = [[place(1, 1)], [place(1, 2)], [place(1, 1), place(1, 2)], [place(2, 1)]];

it('finds what brute force finds, whichever segments are read', async () => {
  await fc.assert(
    fc.asyncProperty(
      ...([ASKED, fc.constantFrom(...PLACES), fc.constantFrom(1, 20, 50)] as const),
      async ({ q, meets }, places, limit) => {
        const guildId = places[0]?.guildId ?? place(1, 1).guildId;
        const channelIds = places.map(({ channelId }) => channelId);
        const right = new Set(
          texts
            .filter(
              (text) =>
                text.guildId === guildId &&
                channelIds.includes(text.channelId) &&
                meets(text.words),
            )
            .map(({ messageId }) => messageId),
        );
        const found = await world.find(guildId, channelIds, q, limit);
        expect(new Set(found).size).toBe(found.length);
        expect(found.filter((id) => !right.has(id))).toEqual([]);
        expect(found.length).toBe(Math.min(limit, right.size));
      },
    ),
    { numRuns: 500 },
  );
}, 120_000);

it('finds the one old message that holds a rare word beside a common one', async () => {
  const { guildId, channelId } = texts[100] ?? place(1, 1);
  expect(await world.find(guildId, [channelId], 'oldest w0', 1)).toEqual([messageNo(100)]);
  expect(await world.find(guildId, [channelId], 'oldest AND w0')).toEqual([messageNo(100)]);
});

it('gives the newest of a common word first where all are as good', async () => {
  const { guildId, channelId } = place(1, 1);
  const alike = texts.filter((text) => text.channelId === channelId && text.words.join() === 'w0');
  const newest = alike.slice(-20).map(({ messageId }) => messageId);
  const found = await world.find(guildId, [channelId], 'w0', 20);
  expect(newest.toReversed().slice(0, 3)).toEqual(found.slice(0, 3));
});

it('counts every term exactly', async () => {
  const counted = await world.pool.query<{ df: number }>(
    `SELECT df FROM rm_search.term JOIN rm_search.guild USING (guild_no)
      WHERE term = 'w3' AND guild_id = $1`,
    [place(2, 1).guildId],
  );
  const held = texts.filter(
    ({ guildId, words }) => guildId === place(2, 1).guildId && words.includes('w3'),
  );
  expect(counted.rows).toEqual([{ df: held.length }]);
});
