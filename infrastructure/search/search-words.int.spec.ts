import { type MessageId } from '../../domain/shared/ids.ts';
import { type SearchFollower } from './search-follower.ts';
import { createSearchWorld, place, type SearchWorld } from './testing/search-world.ts';

const here = place(1, 1);
const elsewhere = place(1, 2);
const otherGuild = place(2, 1);

let world: SearchWorld;
let follower: SearchFollower;
beforeAll(async () => {
  world = await createSearchWorld();
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
    ['kubernetes cluster upgrade', ['kubernets~', 'kubrnetes~2', 'kuber*', '"upgrade cluster"~3']],
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
    const left = await world.pool.query("SELECT term FROM rm_search.term WHERE term = 'wombat'");
    expect(left.rows).toEqual([]);
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
    await Promise.all(Array.from({ length: 30 }, (_, n) => world.post(here, `more echidna ${n}`)));
    await world.settle(follower);
    expect((await find('echidna potoroo')).slice(0, 2)).toEqual([both, rare]);
    expect(await world.find(here.guildId, [here.channelId], 'echidna potoroo', 1)).toEqual([both]);
  });
});
