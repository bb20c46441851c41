// What is found against brute force over the texts: which messages match, and that none is of a hidden channel.
import * as fc from 'fast-check';
import { isLeft } from 'fp-ts/lib/Either.js';
import { type ChannelId, type MessageId } from '../../domain/shared/ids.ts';
import { guildNo } from '../../domain/shared/testing/samples.ts';
import { uuidOfMessage } from '../../projections/search/message-uuid.ts';
import { SEARCHES_MAX } from './postgres-search-index.ts';
import { type SearchFollower } from './search-follower.ts';
import { ASKED, drawnWords, seeded, WORDS } from './testing/asked-queries.ts';
import { createSearchWorld, place, type Place, type SearchWorld } from './testing/search-world.ts';

type Text = Place & { readonly id: MessageId; readonly words: readonly string[] };

const GUILDS = 2;
const CHANNELS = 4;
const MESSAGES = 3_000;
let world: SearchWorld;
let follower: SearchFollower;
const texts: Text[] = [];

beforeAll(async () => {
  world = await createSearchWorld();
  follower = world.startFollower();
  const random = seeded(7);
  const drawn = Array.from({ length: MESSAGES }, () => ({
    at: place(1 + Math.floor(random() * GUILDS), Math.floor(random() * CHANNELS)),
    words: drawnWords(random),
  }));
  await Promise.all(
    drawn.map(async ({ at, words }) => {
      texts.push({ ...at, words, id: await world.post(at, words.join(' ')) });
    }),
  );
  // Some are edited, some deleted.
  await Promise.all(
    texts.slice(0, 300).map(async (text, n) => {
      if (n % 2 === 0) {
        texts[n] = { ...text, words: [...text.words, 'w1', 'edited'] };
        await world.edit(text, text.id, [...text.words, 'w1', 'edited'].join(' '));
      } else await world.remove(text, text.id);
    }),
  );
  texts.splice(0, 300, ...texts.slice(0, 300).filter((_, n) => n % 2 === 0));
  await world.settle(follower);
}, 60_000);
afterAll(async () => {
  await follower.stop();
  await world.close();
});

const seen = fc.subarray(Array.from({ length: CHANNELS }, (_, n) => n));
const LIMITS = [1, 3, 20, 50];

it('is what brute force finds, in the channels seen, up to the limit', async () => {
  await fc.assert(
    fc.asyncProperty(
      ...([ASKED, fc.integer({ min: 1, max: GUILDS }), seen, fc.constantFrom(...LIMITS)] as const),
      async ({ q, meets }, guild, channels, limit) => {
        const channelIds: readonly ChannelId[] = channels.map(
          (channel) => place(guild, channel).channelId,
        );
        const right = new Set(
          texts
            .filter(
              ({ guildId, channelId, words }) =>
                guildId === guildNo(guild) && channelIds.includes(channelId) && meets(words),
            )
            .map(({ id }) => id),
        );
        const found = await world.find(guildNo(guild), channelIds, q, limit);
        expect(new Set(found).size).toBe(found.length);
        expect(found.filter((id) => !right.has(id))).toEqual([]);
        expect(found.length).toBe(Math.min(limit, right.size));
      },
    ),
    { numRuns: 400 },
  );
}, 60_000);

it('has the newest of those that are as good as each other', async () => {
  const at = place(1, 1);
  const same = texts.filter(
    ({ channelId, words }) => channelId === at.channelId && words.join() === 'w0',
  );
  expect(same.length).toBeGreaterThan(3);
  const found = await world.find(at.guildId, [at.channelId], 'w0', 3);
  // Posted side by side, so only the index knows their order in the log.
  const newest = await world.pool.query<{ message_id: string }>(
    'SELECT message_id FROM rm_search.doc WHERE message_id = ANY($1) ORDER BY seq DESC LIMIT 3',
    [same.map(({ id }) => uuidOfMessage(id))],
  );
  expect(found.map(uuidOfMessage)).toEqual(newest.rows.map(({ message_id }) => message_id));
});

describe('a hostile query is refused or answered in time', () => {
  const wide = WORDS.slice(0, 20);
  it.each([
    'w* w* w* w*',
    '*w* *0* ',
    '?? ?? a',
    '"w0 w1 w2 w3" "w* w1"',
    wide.join(' '),
    wide.map((one) => `+${one}`).join(' '),
    wide.map((one) => `(${one}`).join(' AND '),
    `${'('.repeat(8)}w0${')'.repeat(8)}`,
    'w0~2 w1~2',
    `${'é'.repeat(128)}*`,
    "w0' | 1.w1 & !'",
    'w0 \\',
    "'1#00'",
    '2.w0',
    '$1 ; SELECT pg_sleep(9)',
    'w0:*',
    'a'.repeat(256),
    '🔥*',
    '\u202e w0 \ufeff',
    '+w0 -w* -*w',
  ])('%j', async (q) => {
    const started = performance.now();
    const channelIds = Array.from({ length: CHANNELS }, (_, n) => place(1, n).channelId);
    const timeoutMs = 2_000;
    const outcome = await world.searchAll({ guildId: guildNo(1), channelIds, timeoutMs }, q);
    if (outcome !== 'invalid' && !isLeft(outcome)) {
      const mine = new Set(
        texts.filter(({ guildId }) => guildId === guildNo(1)).map(({ id }) => id),
      );
      expect(outcome.right.messageIds.filter((id) => !mine.has(id))).toEqual([]);
    }
    expect(performance.now() - started).toBeLessThan(timeoutMs + 200);
  });

  it('and says so when the time was too short', async () => {
    const request = { guildId: guildNo(1), channelIds: [place(1, 1).channelId], timeoutMs: 0 };
    const outcome = await world.searchAll(request, 'w0');
    expect(outcome !== 'invalid' && isLeft(outcome) && outcome.left).toBe('TooSlow');
  });

  it('and more at once than it may answer are turned away', async () => {
    const request = { guildId: guildNo(1), channelIds: [place(1, 1).channelId] };
    const outcomes = await Promise.all(
      Array.from({ length: SEARCHES_MAX + 1 }, () => world.searchAll(request, 'w0 w1')),
    );
    const away = outcomes.filter((one) => one !== 'invalid' && isLeft(one));
    expect(away).toEqual([{ _tag: 'Left', left: 'Unavailable' }]);
  });
});
