import { PERMISSION_NAMES } from '../../domain/permission/permissions.ts';
import { guildNo } from '../../domain/shared/testing/samples.ts';
import {
  createGuildWorld,
  field,
  personNo,
  settle,
  type GuildWorld,
} from './testing/guild-world.ts';

// Many tests share the machine with this one; how long a server takes to start is not what it is about.
jest.setTimeout(30_000);

let world: GuildWorld;
beforeEach(async () => {
  world = await createGuildWorld({ channelsPerGuildMax: 3, guildsCreatedPerUserMax: 2 });
});
afterEach(() => world.close());

const INVALID = { status: 400, body: { error: 'invalid_request' } };
const FORBIDDEN = { status: 403, body: { error: 'forbidden' } };
const NOT_FOUND = { status: 404, body: { error: 'not_found' } };
const ACCEPTED = { status: 200, body: { accepted: true } };
const LIMIT_REACHED = { status: 403, body: { error: 'guild_creation_limit_reached' } };
const OUTSIDER = 3;

const create = (by: number | null, body: unknown, key?: string) =>
  world.call(by, 'POST', '/guilds', body, key);
const names = async (by: number, path = '/guilds') =>
  (field(await world.call(by, 'GET', path), 'guilds') as { name: string }[]).map(
    ({ name }) => name,
  );

describe('creating a guild', () => {
  it('makes a private guild with four roles and no channel, owned by its creator', async () => {
    const created = await create(1, { name: 'Reef' });
    expect(created).toEqual({
      status: 200,
      body: { guild_id: expect.any(String) as string, name: 'Reef', visibility: 'private' },
    });
    const guild = String(field(created, 'guild_id'));
    const roles = await world.call(1, 'GET', `/guilds/${guild}/roles`);
    expect(field(roles, 'default_join_role_id')).toBeNull();
    expect(
      (field(roles, 'roles') as { name: string; position: number; is_system: boolean }[]).map(
        ({ name, position, is_system }) => [name, position, is_system],
      ),
    ).toEqual([
      ['workspace_owner', 10_000, true],
      ['moderator', 100, false],
      ['member', 1, false],
      ['@everyone', 0, true],
    ]);
    expect(await world.call(1, 'GET', `/guilds/${guild}/channels`)).toEqual({
      status: 200,
      body: { channels: [] },
    });
    expect(await names(1)).toEqual(['Reef']);
  });
  it.each(['', 'a'.repeat(65), 'é', 'a\nb', 'a\0'])('refuses the name %j', async (name) => {
    expect(await create(1, { name })).toEqual(INVALID);
  });
  it.each([{}, { name: 1 }, { name: 'a', visibility: 'secret' }, { name: 'a', x: 1 }])(
    'answers 422 to %j',
    async (body) => expect((await create(1, body)).status).toBe(422),
  );
  it('takes names at the limit, and null for no visibility', async () => {
    expect((await create(1, { name: 'a'.repeat(64), visibility: null })).status).toBe(200);
  });
  it('needs somebody', async () => expect((await create(null, { name: 'a' })).status).toBe(401));
  it('is bounded per person, exactly, however many ask at once', async () => {
    const answers = await Promise.all(
      Array.from({ length: 6 }, (_, n) => create(1, { name: `g${n}` })),
    );
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(2);
    expect(answers.filter(({ status }) => status !== 200)).toEqual(
      Array.from({ length: 4 }, () => LIMIT_REACHED),
    );
    expect(await names(1)).toHaveLength(2);
    expect((await create(2, { name: 'mine' })).status).toBe(200);
  });
  it('is done once per key, also the last one allowed', async () => {
    await create(1, { name: 'first' });
    const answers = await Promise.all(
      Array.from({ length: 4 }, () => create(1, { name: 'Reef' }, 'k')),
    );
    answers.push(await create(1, { name: 'Reef' }, 'k'));
    expect(new Set(answers.map((answer) => JSON.stringify(answer))).size).toBe(1);
    expect(await names(1)).toEqual(['Reef', 'first']);
    expect((await create(1, { name: 'Bay' }, 'k')).status).toBe(422);
  });
  it('frees the slot of a guild that a crash left unmade', async () => {
    for (const number of [1, 2])
      await world.store.append({
        stream: `creator-${personNo(1)}`,
        expected: 'any',
        events: [
          {
            type: 'GuildSlotTaken',
            data: { userId: personNo(1), guildId: guildNo(number), at: world.clock.now() },
          },
        ],
        context: world.context,
      })();
    expect(await create(1, { name: 'Reef' })).toEqual(LIMIT_REACHED);
    world.wait(61_000);
    expect((await create(1, { name: 'Reef' })).status).toBe(200);
  });
});

describe('updating a guild', () => {
  const update = (by: number | null, guild: string, body: unknown) =>
    world.call(by, 'PATCH', `/guilds/${guild}`, body);

  it('changes what is given', async () => {
    const { guild } = await settle(world, 'private');
    expect(await update(1, guild, { visibility: 'public' })).toEqual({
      status: 200,
      body: { guild_id: guild, name: 'Reef', visibility: 'public' },
    });
    expect(field(await update(1, guild, { name: 'Bay', visibility: null }), 'name')).toBe('Bay');
    expect(await names(OUTSIDER, '/guilds/public')).toEqual(['Bay']);
  });
  it('writes nothing when nothing changes', async () => {
    const { guild } = await settle(world);
    const before = (await world.events()).length;
    expect((await update(1, guild, { name: 'Reef', visibility: 'public' })).status).toBe(200);
    expect((await world.events()).length).toBe(before);
  });
  it('refuses those who may not before it looks at what they want', async () => {
    const { guild } = await settle(world);
    expect((await update(null, guild, {})).status).toBe(401);
    expect(await update(2, guild, {})).toEqual(FORBIDDEN);
    expect(await update(OUTSIDER, guild, { name: '' })).toEqual(FORBIDDEN);
    expect(await update(1, guild, {})).toEqual(INVALID);
    expect(await update(1, guild, { name: '' })).toEqual(INVALID);
    expect((await update(1, guild, { name: 'a', extra: 1 })).status).toBe(422);
    expect(await update(1, guildNo(9), { name: 'a' })).toEqual(NOT_FOUND);
    expect(await update(1, guild.toLowerCase(), { name: 'a' })).toEqual(NOT_FOUND);
  });
});

describe('the directory', () => {
  it('lists public guilds, newest first, by a part of their name', async () => {
    await create(1, { name: 'Reef', visibility: 'public' });
    await create(1, { name: 'Secret' });
    await create(2, { name: 'Great Barrier Reef', visibility: 'public' });
    expect(await names(OUTSIDER, '/guilds/public')).toEqual(['Great Barrier Reef', 'Reef']);
    expect(await names(OUTSIDER, '/guilds/public?q=%20barrier%20')).toEqual(['Great Barrier Reef']);
    expect(await names(OUTSIDER, '/guilds/public?q=secret')).toEqual([]);
    expect(await names(OUTSIDER, '/guilds/public?limit=1')).toEqual(['Great Barrier Reef']);
  });
  it.each(['?limit=0', '?limit=51', '?limit=a', `?q=${'a'.repeat(65)}`, '?q=%00', '?q=a&q=b'])(
    'refuses %s',
    async (query) =>
      expect((await world.call(1, 'GET', `/guilds/public${query}`)).status).toBe(400),
  );
  it('takes a query and a limit at their bounds', async () => {
    const path = `/guilds/public?limit=50&q=${'a'.repeat(64)}`;
    expect((await world.call(1, 'GET', path)).status).toBe(200);
  });
});

describe('channels', () => {
  const channels = async (by: number, guild: string) =>
    (
      field(await world.call(by, 'GET', `/guilds/${guild}/channels`), 'channels') as {
        name: string;
      }[]
    ).map(({ name }) => name);
  const add = (by: number | null, guild: string, body: unknown, key?: string) =>
    world.call(by, 'POST', `/guilds/${guild}/channels`, body, key);

  it('are made by those who may, oldest first in the list', async () => {
    const { guild } = await settle(world);
    expect(await add(1, guild, { name: 'talk', kind: 'voice' })).toEqual({
      status: 200,
      body: { channel_id: expect.any(String) as string, name: 'talk', kind: 'voice' },
    });
    expect(await channels(2, guild)).toEqual(['general', 'talk']);
    expect((await add(null, guild, { name: 'a' })).status).toBe(401);
    expect(await add(2, guild, { name: 'a' })).toEqual(FORBIDDEN);
    expect(await add(2, guild, { name: '' })).toEqual(INVALID);
    expect(await add(OUTSIDER, guild, { name: 'a' })).toEqual(FORBIDDEN);
    expect(await add(1, guildNo(9), { name: 'a' })).toEqual(NOT_FOUND);
    expect((await add(1, guild, { name: 'a', kind: 'stage' })).status).toBe(422);
  });
  it('are bounded in number, exactly', async () => {
    const { guild } = await settle(world);
    const answers = await Promise.all(
      Array.from({ length: 5 }, (_, n) => add(1, guild, { name: `c${n}` })),
    );
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(2);
    expect(answers.find(({ status }) => status !== 200)).toEqual({
      status: 409,
      body: { error: 'quota_exceeded' },
    });
  });
  it('are made once per key', async () => {
    const { guild } = await settle(world);
    const answers = await Promise.all(
      Array.from({ length: 4 }, () => add(1, guild, { name: 'once' }, 'k')),
    );
    expect(new Set(answers.map((answer) => JSON.stringify(answer))).size).toBe(1);
    expect(await channels(1, guild)).toEqual(['general', 'once']);
    expect((await add(1, guild, { name: 'other' }, 'k')).status).toBe(422);
  });
  it('tell what one may do, where one may see', async () => {
    const { guild, channel } = await settle(world);
    const self = (by: number | null, id: string = channel) =>
      world.call(by, 'GET', `/guilds/${guild}/channels/${id}/permissions/self`);
    expect(await self(1)).toEqual({
      status: 200,
      body: { role: 'owner', permissions: PERMISSION_NAMES },
    });
    expect(await self(2)).toEqual({
      status: 200,
      body: { role: 'member', permissions: ['create_message', 'subscribe_streams'] },
    });
    expect((await self(null)).status).toBe(401);
    expect(await self(OUTSIDER)).toEqual(FORBIDDEN);
    expect(await self(1, guildNo(1))).toEqual(NOT_FOUND);
  });
  it('vanish from the list of those who may not see them, at once', async () => {
    const { guild, channel } = await settle(world);
    const hide = (by: number) =>
      world.call(
        by,
        'POST',
        `/guilds/${guild}/channels/${channel}/permission-overrides/member/${personNo(2)}`,
        { allow: [], deny: ['create_message'] },
      );
    expect(await hide(2)).toEqual(FORBIDDEN);
    expect(await hide(1)).toEqual(ACCEPTED);
    expect(await channels(2, guild)).toEqual([]);
    expect(await channels(1, guild)).toEqual(['general']);
    const self = await world.call(
      2,
      'GET',
      `/guilds/${guild}/channels/${channel}/permissions/self`,
    );
    expect(self).toEqual(FORBIDDEN);
  });
  it('are listed to members only', async () => {
    const { guild } = await settle(world);
    const list = (by: number | null, id: string = guild) =>
      world.call(by, 'GET', `/guilds/${id}/channels`);
    expect((await list(null)).status).toBe(401);
    expect(await list(OUTSIDER)).toEqual(FORBIDDEN);
    expect(await list(2, guildNo(9))).toEqual(NOT_FOUND);
    expect(await world.call(OUTSIDER, 'GET', `/guilds/${guild}/roles`)).toEqual(FORBIDDEN);
    expect((await world.call(null, 'GET', `/guilds/${guild}/roles`)).status).toBe(401);
  });
});

describe('members', () => {
  const list = (by: number | null, guild: string, query = '') =>
    world.call(by, 'GET', `/guilds/${guild}/members${query}`);
  const add = (by: number | null, guild: string, user: string) =>
    world.call(by, 'POST', `/guilds/${guild}/members/${user}`);
  const moderate = (by: number, measure: 'kick' | 'ban', guild: string, user: number) =>
    world.call(by, 'POST', `/guilds/${guild}/members/${personNo(user)}/${measure}`);

  it('are paged without losing a row', async () => {
    const { guild } = await settle(world);
    for (const number of [4, 5, 6]) {
      await world.register(number);
      expect(await add(1, guild, personNo(number))).toEqual(ACCEPTED);
    }
    const seen: unknown[] = [];
    for (let cursor = ''; ;) {
      const page = await list(2, guild, `?limit=2${cursor}`);
      seen.push(...(field(page, 'members') as { user_id: string }[]).map((row) => row.user_id));
      const next = field(page, 'next_cursor');
      if (next === null) break;
      cursor = `&cursor=${(next as string).toLowerCase()}`;
    }
    expect(seen).toEqual([1, 2, 4, 5, 6].map(personNo));
  });
  it.each(['?limit=0', '?limit=201', '?limit=x', '?cursor=x', '?other=1'])(
    'refuse %s',
    async (query) => {
      const { guild } = await settle(world);
      expect((await list(2, guild, query)).status).toBe(400);
    },
  );
  it('are shown to members only', async () => {
    const { guild } = await settle(world);
    expect((await list(2, guild, '?limit=200')).status).toBe(200);
    expect((await list(null, guild)).status).toBe(401);
    expect(await list(OUTSIDER, guild)).toEqual(FORBIDDEN);
    expect(await list(1, guildNo(9))).toEqual(NOT_FOUND);
  });
  it('are added by those who may, once, if they exist', async () => {
    const { guild } = await settle(world);
    await world.register(4);
    expect((await add(null, guild, personNo(4))).status).toBe(401);
    expect(await add(2, guild, personNo(4))).toEqual(FORBIDDEN);
    expect(await add(1, guild, personNo(5))).toEqual(NOT_FOUND);
    expect(await add(1, guild, 'nobody')).toEqual(INVALID);
    expect(await add(1, guild, personNo(4).toLowerCase())).toEqual(ACCEPTED);
    expect(await add(1, guild, personNo(4))).toEqual(ACCEPTED);
    const joined = (await world.events()).filter(({ type }) => type === 'MemberJoined');
    expect(joined).toHaveLength(3);
  });
  it('are kicked and banned by those above them, and cannot come back from a ban', async () => {
    const { guild } = await settle(world);
    expect(await moderate(2, 'kick', guild, 1)).toEqual(FORBIDDEN);
    expect(await moderate(1, 'kick', guild, 4)).toEqual(NOT_FOUND);
    expect(await moderate(1, 'kick', guild, 2)).toEqual(ACCEPTED);
    expect(await list(2, guild)).toEqual(FORBIDDEN);
    expect(await add(1, guild, personNo(2))).toEqual(ACCEPTED);
    expect(await moderate(1, 'ban', guild, 2)).toEqual(ACCEPTED);
    expect(await add(1, guild, personNo(2))).toEqual(FORBIDDEN);
  });
});

describe('joining through the directory', () => {
  const join = (by: number | null, guild: string, key?: string) =>
    world.call(by, 'POST', `/guilds/${guild}/join`, undefined, key);
  const outcomes = async () =>
    (await world.events()).flatMap((event) =>
      event.type === 'DirectoryJoinDecided' ? [event.data.outcome] : [],
    );

  it('lets anyone into a public guild, once', async () => {
    const { guild } = await settle(world);
    const accepted = { status: 200, body: { guild_id: guild, outcome: 'accepted' } };
    expect((await join(null, guild)).status).toBe(401);
    expect(await join(OUTSIDER, guild)).toEqual(accepted);
    expect(field(await join(OUTSIDER, guild), 'outcome')).toBe('already_member');
    expect(await names(OUTSIDER)).toEqual(['Reef']);
    expect(await outcomes()).toEqual(['accepted', 'already_member']);
  });
  it('gives a repeat with the same key the first answer', async () => {
    const { guild } = await settle(world);
    const answers = await Promise.all(Array.from({ length: 4 }, () => join(OUTSIDER, guild, 'k')));
    answers.push(await join(OUTSIDER, guild, 'k'));
    for (const answer of answers)
      expect(answer).toEqual({ status: 200, body: { guild_id: guild, outcome: 'accepted' } });
    expect(await outcomes()).toEqual(['accepted']);
  });
  it('hides private guilds, also from members, and unknown ones', async () => {
    const { guild } = await settle(world, 'private');
    expect(await join(OUTSIDER, guild)).toEqual(NOT_FOUND);
    expect(await join(2, guild)).toEqual(NOT_FOUND);
    expect(await join(2, guildNo(9))).toEqual(NOT_FOUND);
    expect(await join(2, 'nonsense')).toEqual(NOT_FOUND);
    expect(await outcomes()).toEqual(['rejected_visibility', 'rejected_visibility']);
  });
  it('refuses the banned', async () => {
    const { guild } = await settle(world);
    await world.call(1, 'POST', `/guilds/${guild}/members/${personNo(2)}/ban`);
    expect(await join(2, guild)).toEqual({
      status: 403,
      body: { error: 'directory_join_user_banned' },
    });
    expect(await outcomes()).toEqual(['rejected_user_ban']);
  });
  it('is limited per person', async () => {
    const { guild } = await settle(world);
    const statuses: number[] = [];
    for (let n = 0; n <= 30; n += 1) statuses.push((await join(2, guild)).status);
    expect(statuses.slice(0, 30)).toEqual(Array.from({ length: 30 }, () => 200));
    expect(statuses[30]).toBe(429);
    expect((await join(OUTSIDER, guild)).status).toBe(200);
  });
});
