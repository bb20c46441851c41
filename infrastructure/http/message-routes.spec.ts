import { type PermissionName } from '../../domain/permission/permissions.ts';
import { type Id } from '../../domain/shared/ids.ts';
import { messageNo } from '../../domain/shared/testing/samples.ts';
import {
  createGuildWorld,
  field,
  personNo,
  settle,
  type GuildWorld,
  type Settled,
} from './testing/guild-world.ts';

// Many tests share the machine with this one; how long a server takes to start is not what it is about.
jest.setTimeout(30_000);

let world: GuildWorld;
let place: Settled;
const LIMITS = {
  reactionsPerMessageMax: 2,
  messageBytesMax: 100,
  guildsCreatedPerUserMax: 1000,
  idempotencySecs: 60,
};
beforeAll(async () => {
  world = await createGuildWorld(LIMITS);
});
beforeEach(async () => {
  world.wait(61_000); // Keys of the spec before are forgotten.
  place = await settle(world);
});
afterAll(() => world.close());

const INVALID = { status: 400, body: { error: 'invalid_request' } };
const FORBIDDEN = { status: 403, body: { error: 'forbidden' } };
const NOT_FOUND = { status: 404, body: { error: 'not_found' } };
const OUTSIDER = 3;

const post = (by: number | null, content: unknown, key?: string) =>
  world.call(by, 'POST', place.messages, { content }, key);
const posted = async (by: number, content: string) =>
  String(field(await post(by, content), 'message_id'));
const history = async (by = 1, query = '') =>
  field(await world.call(by, 'GET', place.messages + query), 'messages') as readonly {
    readonly content: string;
    readonly created_at_unix: number;
  }[];
const contents = async () => (await history()).map(({ content }) => content);
const react = (by: number | null, method: 'POST' | 'DELETE', id: string, emoji: string) =>
  world.call(by, method, `${place.messages}/${id}/reactions/${encodeURIComponent(emoji)}`);
const types = async () =>
  (await world.events())
    .filter(({ data }) => 'guildId' in data && data.guildId === place.guild)
    .map(({ type }) => type);
const deny = (user: number, permission: PermissionName) =>
  world.call(
    1,
    'POST',
    `/guilds/${place.guild}/channels/${place.channel}/permission-overrides/member/${personNo(user)}`,
    { allow: [], deny: [permission] },
  );
const ban = (user: number) =>
  world.call(1, 'POST', `/guilds/${place.guild}/members/${personNo(user)}/ban`);

describe('posting a message', () => {
  it('answers the message, tokens included', async () => {
    expect(await post(2, '**hi**')).toEqual({
      status: 200,
      body: {
        message_id: expect.stringMatching(/^[0-9A-HJKMNP-TV-Z]{26}$/) as string,
        guild_id: place.guild,
        channel_id: place.channel,
        author_id: personNo(2),
        content: '**hi**',
        markdown_tokens: [
          { type: 'paragraph_start' },
          { type: 'strong_start' },
          { type: 'text', text: 'hi' },
          { type: 'strong_end' },
          { type: 'paragraph_end' },
        ],
        attachments: [],
        reactions: [],
        created_at_unix: Math.floor(world.clock.now() / 1000),
      },
    });
  });
  it('takes a text at the limit in any script and refuses one unit more', async () => {
    expect((await post(2, 'é'.repeat(100))).status).toBe(200);
    expect(await post(2, 'é'.repeat(101))).toEqual(INVALID);
    expect(await contents()).toEqual(['é'.repeat(100)]);
  });
  it.each(['', 'a\0b', '\ud800'])('refuses %j and writes nothing', async (content) => {
    expect((await post(2, content)).status).toBe(400);
    expect(await contents()).toEqual([]);
  });
  it.each([
    '{"content":1}',
    '{}',
    '{"content":"a","extra":1}',
    '{"content":"a","__proto__":{}}',
    '["a"]',
    '{"content":"a","attachment_ids":"x"}',
  ])('answers 422 to %s', async (body) => {
    expect((await world.call(2, 'POST', place.messages, body)).status).toBe(422);
  });
  it('refuses attachments, of which there are none yet', async () => {
    const body = { content: 'a', attachment_ids: [messageNo(1)] };
    expect(await world.call(2, 'POST', place.messages, body)).toEqual(INVALID);
    const none = { content: 'a', attachment_ids: null };
    expect((await world.call(2, 'POST', place.messages, none)).status).toBe(200);
  });
  it('refuses strangers, the banned, the silenced and unknown places', async () => {
    expect((await post(null, 'a')).status).toBe(401);
    expect(await post(OUTSIDER, 'a')).toEqual(FORBIDDEN);
    const elsewhere = `/guilds/${place.guild}/channels/${messageNo(1)}/messages`;
    expect(await world.call(2, 'POST', elsewhere, { content: 'a' })).toEqual(NOT_FOUND);
    expect(await world.call(OUTSIDER, 'POST', elsewhere, { content: 'a' })).toEqual(FORBIDDEN);
    const nowhere = `/guilds/${messageNo(1)}/channels/${place.channel}/messages`;
    expect(await world.call(2, 'POST', nowhere, { content: 'a' })).toEqual(NOT_FOUND);
    await deny(2, 'create_message');
    expect(await post(2, 'a')).toEqual(FORBIDDEN);
    await ban(2);
    expect(await post(2, 'a')).toEqual(FORBIDDEN);
    expect(await contents()).toEqual([]);
  });
  it('lets the server owner in without membership', async () => {
    expect((await post(99, 'hello')).status).toBe(200);
  });
});

describe('repeating a post with an idempotency key', () => {
  it('gives the first answer and posts once', async () => {
    const first = await post(2, 'once', 'k1');
    world.wait(5_000);
    expect(await post(2, 'once', 'k1')).toEqual(first);
    expect(await contents()).toEqual(['once']);
  });
  it('gives the text as it was first, also after an edit', async () => {
    const first = await post(2, 'once', 'k1');
    await world.call(2, 'PATCH', `${place.messages}/${String(field(first, 'message_id'))}`, {
      content: 'twice',
    });
    expect(await post(2, 'once', 'k1')).toEqual(first);
  });
  it('holds for repeats at the same time', async () => {
    const answers = await Promise.all(Array.from({ length: 8 }, () => post(2, 'once', 'k1')));
    expect(new Set(answers.map((answer) => JSON.stringify(answer))).size).toBe(1);
    expect(await contents()).toEqual(['once']);
  });
  it('refuses the key for another text or channel, but not to another person', async () => {
    const reused = { status: 422, body: { error: 'idempotency_key_reused' } };
    await post(2, 'once', 'k1');
    expect(await post(2, 'other', 'k1')).toEqual(reused);
    const other = await world.call(1, 'POST', `/guilds/${place.guild}/channels`, { name: 'b' });
    const messages = `/guilds/${place.guild}/channels/${String(field(other, 'channel_id'))}/messages`;
    expect(await world.call(2, 'POST', messages, { content: 'once' }, 'k1')).toEqual(reused);
    expect((await post(1, 'once', 'k1')).status).toBe(200);
    expect(await contents()).toEqual(['once', 'once']);
  });
});

describe('history', () => {
  const page = async (query: string, by = 2) => world.call(by, 'GET', place.messages + query);

  it('is newest first and paged until an empty page', async () => {
    for (const text of ['a', 'b', 'c']) await post(2, text);
    const first = await page('?limit=2&ignored=1');
    expect((field(first, 'messages') as { content: string }[]).map((m) => m.content)).toEqual([
      'c',
      'b',
    ]);
    const second = await page(`?limit=2&before=${String(field(first, 'next_before'))}`);
    expect((field(second, 'messages') as { content: string }[]).map((m) => m.content)).toEqual([
      'a',
    ]);
    const last = await page(`?before=${String(field(second, 'next_before'))}`);
    expect(last).toEqual({ status: 200, body: { messages: [], next_before: null } });
  });
  it.each(['?limit=0', '?limit=101', '?limit=-1', '?limit=x', '?limit=1&limit=2', '?before=%00'])(
    'refuses %s',
    async (query) => expect((await page(query)).status).toBe(400),
  );
  it('takes limits at the edge and finds nothing before what is no message', async () => {
    await post(2, 'a');
    expect((await page('?limit=1')).status).toBe(200);
    expect((await page('?limit=100')).status).toBe(200);
    expect(field(await page('?before=zzz'), 'messages')).toEqual([]);
  });
  it('is for those who may see the channel', async () => {
    expect((await world.call(null, 'GET', place.messages)).status).toBe(401);
    expect(await page('', OUTSIDER)).toEqual(FORBIDDEN);
    await deny(2, 'create_message');
    expect(await page('')).toEqual(FORBIDDEN);
    const nowhere = `/guilds/${messageNo(1)}/channels/${place.channel}/messages`;
    expect(await world.call(2, 'GET', nowhere)).toEqual(NOT_FOUND);
  });
  it('stays below 64 KiB and loses nothing by it', async () => {
    const roomy = await createGuildWorld();
    const { messages } = await settle(roomy);
    const texts = Array.from({ length: 15 }, (_, n) => `${n} ${'*a* '.repeat(60)}`);
    for (const content of texts) await roomy.call(2, 'POST', messages, { content });
    const seen: string[] = [];
    for (let before = ''; ;) {
      const answer = await roomy.call(2, 'GET', `${messages}?limit=100${before}`);
      const rows = field(answer, 'messages') as { content: string }[];
      if (rows.length === 0) break;
      if (rows.length > 1)
        expect(Buffer.byteLength(JSON.stringify(answer.body))).toBeLessThan(65_536);
      seen.push(...rows.map(({ content }) => content));
      before = `&before=${String(field(answer, 'next_before'))}`;
    }
    await roomy.close();
    expect(seen).toEqual(texts.toReversed());
  });
});

describe('editing a message', () => {
  const edit = (by: number | null, id: string, content: unknown, key?: string) =>
    world.call(by, 'PATCH', `${place.messages}/${id}`, { content }, key);

  it('keeps its time and its reactions', async () => {
    const first = await post(2, 'first');
    const id = String(field(first, 'message_id'));
    await react(1, 'POST', id, '👍');
    world.wait(60_000);
    const edited = await edit(2, id, 'second');
    expect(edited).toMatchObject({
      status: 200,
      body: {
        ...(first.body as object),
        content: 'second',
        markdown_tokens: expect.arrayContaining([{ type: 'text', text: 'second' }]) as unknown,
        reactions: [
          { emoji: '👍', count: 1, reacted_by_me: false, reactor_user_ids: [personNo(1)] },
        ],
      },
    });
    expect(await contents()).toEqual(['second']);
  });
  it('is for the author, also where they are silenced, and for moderators', async () => {
    const id = await posted(2, 'mine');
    await world.register(4);
    await world.call(1, 'POST', `/guilds/${place.guild}/members/${personNo(4)}`);
    expect(await edit(4, id, 'theirs')).toEqual(FORBIDDEN);
    expect((await edit(1, id, 'moderated')).status).toBe(200);
    await deny(2, 'create_message');
    expect((await edit(2, id, 'mine again')).status).toBe(200);
    await ban(2);
    expect(await edit(2, id, 'no more')).toEqual(FORBIDDEN);
    expect((await edit(null, id, 'x')).status).toBe(401);
    expect(await edit(OUTSIDER, id, 'x')).toEqual(FORBIDDEN);
    expect(await contents()).toEqual(['mine again']);
  });
  it('checks all three ids of the path', async () => {
    const id = await posted(2, 'here');
    const other = await world.call(1, 'POST', `/guilds/${place.guild}/channels`, { name: 'b' });
    const elsewhere = `/guilds/${place.guild}/channels/${String(field(other, 'channel_id'))}/messages`;
    for (const path of [
      `${elsewhere}/${id}`,
      `${place.messages}/${messageNo(1)}`,
      `${place.messages}/${id.toLowerCase()}`,
      `/guilds/${messageNo(1)}/channels/${place.channel}/messages/${id}`,
    ]) {
      expect(await world.call(2, 'PATCH', path, { content: 'x' })).toEqual(NOT_FOUND);
      expect(await world.call(2, 'DELETE', path)).toEqual(NOT_FOUND);
    }
    expect(await contents()).toEqual(['here']);
  });
  it.each(['', 'a'.repeat(101), 'a\0'])('refuses %#', async (content) => {
    expect((await edit(2, await posted(2, 'a'), content)).status).toBe(400);
  });
  it('is done once per key', async () => {
    const id = await posted(2, 'a');
    const first = await edit(2, id, 'b', 'k');
    await edit(1, id, 'c');
    expect(await edit(2, id, 'b', 'k')).toEqual(first);
    expect(await contents()).toEqual(['c']);
    expect((await edit(2, id, 'd', 'k')).status).toBe(422);
  });
});

describe('deleting a message', () => {
  const remove = (by: number | null, id: string, key?: string) =>
    world.call(by, 'DELETE', `${place.messages}/${id}`, undefined, key);

  it('takes it away for good', async () => {
    const id = await posted(2, 'a');
    expect(await remove(2, id)).toEqual({ status: 204, body: null });
    expect(await contents()).toEqual([]);
    expect(await remove(2, id)).toEqual(NOT_FOUND);
    expect((await world.call(2, 'PATCH', `${place.messages}/${id}`, { content: 'b' })).status).toBe(
      404,
    );
    expect(await react(2, 'POST', id, '👍')).toEqual(NOT_FOUND);
  });
  it('is answered again to the same person with a key, and to no one else', async () => {
    const id = await posted(2, 'a');
    expect((await remove(2, id, 'k')).status).toBe(204);
    expect((await remove(2, id, 'k')).status).toBe(204);
    expect(await remove(1, id, 'k')).toEqual(NOT_FOUND);
    expect((await types()).filter((type) => type === 'MessageDeleted')).toHaveLength(1);
  });
  it('is for the author and for moderators', async () => {
    const [mine, ofOwner] = [await posted(2, 'a'), await posted(1, 'b')];
    expect((await remove(null, mine)).status).toBe(401);
    expect(await remove(OUTSIDER, mine)).toEqual(FORBIDDEN);
    expect(await remove(2, ofOwner)).toEqual(FORBIDDEN);
    expect((await remove(1, mine)).status).toBe(204);
  });
});

describe('reactions', () => {
  it('are counted, named and taken back', async () => {
    const id = await posted(1, 'a');
    await react(1, 'POST', id, '👍');
    expect(await react(2, 'POST', id, '👍')).toEqual({
      status: 200,
      body: {
        emoji: '👍',
        count: 2,
        reacted_by_me: true,
        reactor_user_ids: [personNo(1), personNo(2)],
      },
    });
    expect(field(await react(2, 'DELETE', id, '👍'), 'count')).toBe(1);
    expect(await react(1, 'DELETE', id, '👍')).toEqual({
      status: 200,
      body: { emoji: '👍', count: 0, reacted_by_me: false },
    });
  });
  it('answer repeats alike and write nothing for them', async () => {
    const id = await posted(1, 'a');
    const first = await react(2, 'POST', id, 'x');
    expect(await react(2, 'POST', id, 'x')).toEqual(first);
    const gone = await react(2, 'DELETE', id, 'x');
    expect(await react(2, 'DELETE', id, 'x')).toEqual(gone);
    expect((await types()).filter((type) => type.startsWith('Reaction'))).toHaveLength(2);
  });
  it('of many at once are all counted', async () => {
    const id = await posted(1, 'a');
    const people = Array.from({ length: 12 }, (_, n) => n + 10);
    for (const person of people)
      await world.append(`member-${place.guild}:${personNo(person)}`, {
        type: 'MemberJoined',
        data: {
          guildId: place.guild,
          userId: personNo(person),
          by: personNo(person),
          at: world.clock.now(),
          cause: 'directory',
        },
      });
    const answers = await Promise.all(people.map((person) => react(person, 'POST', id, '🎉')));
    expect(answers.map((answer) => answer.status)).toEqual(people.map(() => 200));
    expect(answers.map((answer) => field(answer, 'count')).sort()).toContain(people.length);
  });
  it('are bounded in distinct emoji', async () => {
    const id = await posted(1, 'a');
    await react(1, 'POST', id, 'a');
    await react(1, 'POST', id, 'b');
    expect(await react(2, 'POST', id, 'c')).toEqual({
      status: 409,
      body: { error: 'quota_exceeded' },
    });
    expect((await react(2, 'POST', id, 'b')).status).toBe(200);
  });
  it.each(['a b', 'a'.repeat(33), '\0', '\u3000'])('refuse %j', async (emoji) => {
    const id = await posted(1, 'a');
    expect(await react(2, 'POST', id, emoji)).toEqual(INVALID);
    expect(await react(2, 'DELETE', id, emoji)).toEqual(INVALID);
  });
  it('take 32 code points of any script', async () => {
    const id = await posted(1, 'a');
    expect((await react(2, 'POST', id, '🙂'.repeat(32))).status).toBe(200);
    expect((await react(2, 'POST', id, '__proto__')).status).toBe(200);
  });
  it('are for those who may see the channel; only a removal forgives an unknown message', async () => {
    const id = await posted(1, 'a');
    expect((await react(null, 'POST', id, 'a')).status).toBe(401);
    expect(await react(OUTSIDER, 'POST', id, 'a')).toEqual(FORBIDDEN);
    expect(await react(2, 'POST', messageNo(1), 'a')).toEqual(NOT_FOUND);
    expect(await react(2, 'DELETE', messageNo(1), 'a')).toEqual({
      status: 200,
      body: { emoji: 'a', count: 0, reacted_by_me: false },
    });
    const unknownChannel = `/guilds/${place.guild}/channels/${messageNo(1)}/messages/${id}`;
    expect(await world.call(2, 'POST', `${unknownChannel}/reactions/a`)).toEqual(FORBIDDEN);
    const unknownGuild = `/guilds/${messageNo(1)}/channels/${place.channel}/messages/${id}`;
    expect(await world.call(2, 'DELETE', `${unknownGuild}/reactions/a`)).toEqual(NOT_FOUND);
    await deny(2, 'create_message');
    expect(await react(2, 'POST', id, 'a')).toEqual(FORBIDDEN);
  });
  it('do not reach a message through another channel', async () => {
    const id = await posted(1, 'a');
    const other = await world.call(1, 'POST', `/guilds/${place.guild}/channels`, { name: 'b' });
    const channel = field(other, 'channel_id') as Id<'Channel'>;
    const path = `/guilds/${place.guild}/channels/${channel}/messages/${id}/reactions/a`;
    expect(await world.call(2, 'POST', path)).toEqual(NOT_FOUND);
  });
});
