// What every index must do, run over each: which messages match, against brute force over the texts, and that none is of a
// hidden channel.
import * as fc from 'fast-check';
import { isLeft } from 'fp-ts/lib/Either.js';
import { type ChannelId, type MessageId } from '../../../domain/shared/ids.ts';
import { guildNo } from '../../../domain/shared/testing/samples.ts';
import { SEARCHES_MAX } from '../postgres-search-index.ts';
import { type SearchFollower } from '../search-follower.ts';
import { ASKED, drawnWords, seeded, WORDS } from './asked-queries.ts';
import { type Backend, type OpenBackend } from './backends.ts';
import { createSearchWorld, place, type Place, type SearchWorld } from './search-world.ts';

type Text = Place & { readonly id: MessageId; readonly words: readonly string[] };

const GUILDS = 2;
const CHANNELS = 4;
const MESSAGES = 3_000;

/** Matches against brute force, hostile queries, and more at once than may be. */
export const describeExactness = (openBackend: OpenBackend<Backend>, { numRuns = 400 } = {}) => {
  let world: SearchWorld;
  let follower: SearchFollower;
  const texts: Text[] = [];

  beforeAll(async () => {
    world = await createSearchWorld(openBackend);
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
    // Some are edited, some deleted, and some of these restored.
    await Promise.all(
      texts.slice(0, 300).map(async (text, n) => {
        if (n % 2 === 0) {
          texts[n] = { ...text, words: [...text.words, 'w1', 'edited'] };
          await world.edit(text, text.id, [...text.words, 'w1', 'edited'].join(' '));
        } else await world.remove(text, text.id);
        if (n % 4 === 3) await world.restore(text, text.id, text.words.join(' '));
      }),
    );
    texts.splice(0, 300, ...texts.slice(0, 300).filter((_, n) => n % 2 === 0 || n % 4 === 3));
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
        ...([
          ASKED,
          fc.integer({ min: 1, max: GUILDS }),
          seen,
          fc.constantFrom(...LIMITS),
        ] as const),
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
      { numRuns },
    );
  }, 60_000);

  it('has the newest of those that are as good as each other', async () => {
    const at = place(3, 1);
    const alike: MessageId[] = [];
    for (let n = 0; n < 6; n += 1) alike.push(await world.post(at, 'as good as any'));
    await world.settle(follower);
    expect(await world.find(at.guildId, [at.channelId], 'good', 3)).toEqual(
      alike.slice(-3).toReversed(),
    );
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
};

/** Words as people write them, and what edits, deletions, channels and guilds do to what is found. */
export const describeWords = (openBackend: OpenBackend<Backend>) => {
  let world: SearchWorld;
  let follower: SearchFollower;
  const here = place(1, 1);
  const elsewhere = place(1, 2);
  const otherGuild = place(2, 1);

  beforeAll(async () => {
    world = await createSearchWorld(openBackend);
    follower = world.startFollower();
  });
  afterAll(async () => {
    await follower.stop();
    await world.close();
  });

  const find = (q: string) => world.find(here.guildId, [here.channelId], q);
  const posted = async (content: string): Promise<MessageId> => {
    const id = await world.post(here, content);
    await world.settle(follower);
    return id;
  };

  describe('a message is found', () => {
    it.each([
      [
        'see https://example.org/a/b?c=d',
        ['example.org', 'example', '"example org"', 'exam*', 'e?ample'],
      ],
      ['die Straße ist gesperrt', ['STRASSE', 'straße', '"strasse ist"', 'strase~1']],
      ['w Łodzi czyli Łódź', ['lodz', 'Łódź', 'ŁÓDŹ']],
      ['Crème brûlée', ['creme', 'brulee', '"creme brulee"', 'crme~', '*reme', 'cr*me']],
      ['it is 🔥 today', ['🔥']],
      ['日本語を話す', ['日本語', '語', '日本', '話', '語を*']],
      ['สวัสดีชาวโลก', ['สวัสดี', 'ชาวโลก']],
      ['это ещё одна ёлка', ['елка', 'ЕЛКА', 'ещё']],
      ["I don't know its path x", ["don't", '"path x"', '+path wat']],
      ["'; DROP TABLE rm_search.doc; -- \\' ~ 1.foo 1@1 1#00", ['drop AND table', '"drop table"']],
      [
        'kubernetes cluster upgrade',
        ['kubernets~', 'kubrnetes~2', 'kuber*', '"upgrade cluster"~3'],
      ],
    ])('%j by each of %j', async (content, queries) => {
      const id = await posted(content);
      for (const q of queries) {
        expect({ q, found: (await find(q)).includes(id) }).toEqual({ q, found: true });
      }
    });

    it('not by other words, other order, or words it must not have', async () => {
      const id = await posted('red green blue');
      for (const q of [
        '"green red"',
        'red -blue',
        'red AND yellow',
        '"red blue"',
        'blu',
        'gree~1 AND x',
      ])
        expect({ q, found: (await find(q)).includes(id) }).toEqual({ q, found: false });
    });
  });

  describe('what is found', () => {
    it('follows edits and deletions', async () => {
      const id = await posted('quokka sighting');
      await world.edit(here, id, 'wombat sighting');
      await world.settle(follower);
      expect(await find('quokka')).toEqual([]);
      expect(await find('wombat')).toEqual([id]);
      await world.remove(here, id);
      await world.settle(follower);
      expect(await find('wombat')).toEqual([]);
      expect(await find('womb*')).toEqual([]);
    });

    it('ends the same when all of it comes in one batch', async () => {
      await follower.stop();
      const kept = await world.post(here, 'first numbat');
      const gone = await world.post(here, 'second numbat');
      await world.edit(here, kept, 'third bilby');
      await world.remove(here, gone);
      follower = world.startFollower();
      await world.settle(follower);
      expect(await find('numbat')).toEqual([]);
      expect(await find('bilby')).toEqual([kept]);
    });

    it('is of the channels and the guild asked for only', async () => {
      const id = await posted('platypus');
      const hidden = await world.post(elsewhere, 'platypus');
      const foreign = await world.post(otherGuild, 'platypus');
      await world.settle(follower);
      const among = (...channels: (typeof here)[]) =>
        world.find(
          here.guildId,
          channels.map(({ channelId }) => channelId),
          'platypus',
        );
      expect(await among(here)).toEqual([id]);
      expect(await among(elsewhere)).toEqual([hidden]);
      expect(await among(here, elsewhere)).toEqual([hidden, id]); // As good as each other: the newer first
      expect(await among(otherGuild)).toEqual([]);
      expect(await among()).toEqual([]);
      expect(await world.find(otherGuild.guildId, [otherGuild.channelId], 'platy*')).toEqual([
        foreign,
      ]);
    });

    it('begins with messages that hold all words, and rare words count more', async () => {
      await Promise.all(
        Array.from({ length: 30 }, (_, n) => world.post(here, `common echidna ${n}`)),
      );
      const rare = await world.post(here, 'uncommonly potoroo');
      const both = await world.post(here, 'potoroo and echidna');
      await Promise.all(
        Array.from({ length: 30 }, (_, n) => world.post(here, `more echidna ${n}`)),
      );
      await world.settle(follower);
      expect((await find('echidna potoroo')).slice(0, 2)).toEqual([both, rare]);
      expect(await world.find(here.guildId, [here.channelId], 'echidna potoroo', 1)).toEqual([
        both,
      ]);
    });
  });
};
