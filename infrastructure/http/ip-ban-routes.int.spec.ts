import { type GuildId, type RoleId } from '../../domain/shared/ids.ts';
import { guildNo, ipBanNo, noon, userNo } from '../../domain/shared/testing/samples.ts';
import {
  fieldOf,
  openGuildServer,
  type Answer,
  type GuildServer,
} from '../server/testing/guild-server.ts';

jest.setTimeout(60_000);

const INVALID = { status: 400, body: { error: 'invalid_request' } };
const FORBIDDEN = { status: 403, body: { error: 'forbidden' } };
const NOT_FOUND = { status: 404, body: { error: 'not_found' } };
const ACCEPTED = { status: 200, body: { accepted: true } };
const QUOTA = { status: 409, body: { error: 'quota_exceeded' } };
const NONE = { status: 200, body: { created_count: 0, ban_ids: [] } };

const OWNER = 1;
const MEMBER = 2; // Joined through the directory from HOME
const OTHER = 3; // A member, never seen joining
const MODERATOR = 4;
const STRANGER = 5;
const HOME = '203.0.113.7';
const HOME_V6 = '2001:db8:7::1';

let server: GuildServer;
const open = async (variables: Readonly<Record<string, string>> = {}) => {
  server = await openGuildServer(variables);
  for (const person of [OWNER, MEMBER, OTHER, MODERATOR, STRANGER]) await server.register(person);
};
afterEach(() => server.close());

type Scene = {
  readonly guild: GuildId;
  readonly bans: string;
  readonly messages: string;
  readonly ban: (by: number, target: unknown, more?: object, key?: string) => Promise<Answer>;
  readonly list: (query?: string) => Promise<Answer>;
};

const settle = async (): Promise<Scene> => {
  const created = await server.call(OWNER, 'POST', '/guilds', {
    body: { name: 'Reef', visibility: 'public' },
  });
  const guild = fieldOf(created, 'guild_id') as GuildId;
  const channel = await server.call(OWNER, 'POST', `/guilds/${guild}/channels`, {
    body: { name: 'general' },
  });
  await server.call(MEMBER, 'POST', `/guilds/${guild}/join`, { from: HOME });
  for (const person of [OTHER, MODERATOR])
    await server.call(OWNER, 'POST', `/guilds/${guild}/members/${userNo(person)}`);
  const roles = fieldOf(await server.call(OWNER, 'GET', `/guilds/${guild}/roles`), 'roles') as {
    role_id: RoleId;
    name: string;
  }[];
  await server.append(`member-${guild}:${userNo(MODERATOR)}`, {
    type: 'MemberRoleAssigned',
    data: {
      guildId: guild,
      userId: userNo(MODERATOR),
      roleId: roles.find(({ name }) => name === 'moderator')!.role_id,
      by: userNo(OWNER),
      at: noon,
    },
  });
  await server.settled();
  const bans = `/guilds/${guild}/ip-bans`;
  return {
    guild,
    bans,
    messages: `/guilds/${guild}/channels/${String(fieldOf(channel, 'channel_id'))}/messages`,
    ban: (by, target, more = {}, key) =>
      server.call(by, 'POST', `${bans}/by-user`, {
        body: { target_user_id: target, ...more },
        ...(key !== undefined && { key }),
      }),
    list: (query = '') => server.call(OWNER, 'GET', `${bans}${query}`),
  };
};

const idsOf = (answer: Answer) => fieldOf(answer, 'ban_ids') as readonly string[];
const listed = (answer: Answer) => fieldOf(answer, 'bans') as readonly { ban_id: string }[];
const eventsOf = async (type: string) =>
  (await server.store.readAll(server.store.start, 10_000)).filter((event) => event.type === type);

describe('banning the addresses of a person', () => {
  it('bars every address they joined from, for anyone, until it is lifted', async () => {
    await open();
    const { guild, bans, ban, list, messages } = await settle();
    await server.call(MEMBER, 'POST', `/guilds/${guild}/join`, { from: HOME_V6 });
    const read = (by: number, from: string) => server.call(by, 'GET', messages, { from });
    expect((await read(OWNER, HOME)).status).toBe(200);

    const banned = await ban(OWNER, userNo(MEMBER).toLowerCase(), { reason: 'spam' });
    expect(banned).toEqual({
      status: 200,
      body: { created_count: 2, ban_ids: [expect.any(String), expect.any(String)] },
    });
    // At once, for the owner too, and for the server as IPv4 in IPv6; elsewhere nothing changes.
    for (const from of [HOME, `::ffff:${HOME}`, HOME_V6, '2001:DB8:7:0::1'])
      expect(await read(OWNER, from)).toEqual(FORBIDDEN);
    expect(await read(STRANGER, HOME)).toEqual(FORBIDDEN);
    for (const from of ['203.0.113.8', '2001:db8:7::2'])
      expect((await read(MEMBER, from)).status).toBe(200);
    expect(await server.call(STRANGER, 'POST', `/guilds/${guild}/join`, { from: HOME })).toEqual({
      status: 403,
      body: { error: 'directory_join_ip_banned' },
    });
    // The way out is open from anywhere, and other guilds don't care.
    expect((await server.call(OWNER, 'GET', bans, { from: HOME })).status).toBe(200);
    expect((await server.call(OWNER, 'GET', '/guilds', { from: HOME })).status).toBe(200);

    const newest = listed(await list());
    expect(newest).toEqual(
      [...idsOf(banned)]
        .sort()
        .reverse()
        .map((ban_id) => ({
          ban_id,
          source_user_id: userNo(MEMBER),
          reason: 'spam',
          created_at_unix: expect.any(Number) as number,
          expires_at_unix: null,
        })),
    );
    for (const id of idsOf(banned)) {
      expect(await server.call(OWNER, 'DELETE', `${bans}/${id.toLowerCase()}`)).toEqual(ACCEPTED);
      expect(await server.call(OWNER, 'DELETE', `${bans}/${id}`)).toEqual(NOT_FOUND);
    }
    for (const from of [HOME, HOME_V6]) expect((await read(OWNER, from)).status).toBe(200);
    expect(listed(await list())).toEqual([]);
    expect((await server.pool.query('SELECT FROM vault.ip_bans')).rowCount).toBe(0);
  });

  it('succeeds with none for those never seen, and for addresses barred already', async () => {
    await open();
    const { ban, list } = await settle();
    for (const number of [OTHER, STRANGER, 77])
      expect(await ban(OWNER, userNo(number))).toEqual(NONE);
    const answers = await Promise.all([1, 2, 3].map(() => ban(OWNER, userNo(MEMBER))));
    expect(answers.flatMap(idsOf)).toHaveLength(1);
    expect(await ban(OWNER, userNo(MEMBER))).toEqual(NONE);
    expect(listed(await list())).toHaveLength(1);
  });

  it('ends by itself, and can then be made anew', async () => {
    await open({ FILAMENT_GUILD_IP_BAN_MAX_ENTRIES: '1' });
    const { ban, bans, list, messages } = await settle();
    const first = await ban(OWNER, userNo(MEMBER), { expires_in_secs: 60 });
    const [row] = fieldOf(await list(), 'bans') as {
      created_at_unix: number;
      expires_at_unix: number;
    }[];
    expect(row!.expires_at_unix - row!.created_at_unix).toBe(60);
    expect(await server.call(MEMBER, 'GET', messages, { from: HOME })).toEqual(FORBIDDEN);
    server.advance(60);
    expect((await server.call(MEMBER, 'GET', messages, { from: HOME })).status).toBe(200);
    expect(listed(await list())).toEqual([]);
    expect(await server.call(OWNER, 'DELETE', `${bans}/${idsOf(first)[0]!}`)).toEqual(NOT_FOUND);
    // Only what is in force takes room.
    expect(idsOf(await ban(OWNER, userNo(MEMBER)))).toHaveLength(1);
    expect(await server.call(MEMBER, 'GET', messages, { from: HOME })).toEqual(FORBIDDEN);
  });

  it('is bounded: all addresses of a person or none', async () => {
    await open({ FILAMENT_GUILD_IP_BAN_MAX_ENTRIES: '2' });
    const { guild, ban, bans, list } = await settle();
    for (const from of ['203.0.113.8', '203.0.113.9'])
      await server.call(MEMBER, 'POST', `/guilds/${guild}/join`, { from });
    expect(await ban(OWNER, userNo(MEMBER))).toEqual(QUOTA);
    expect(listed(await list())).toEqual([]);
    await server.call(STRANGER, 'POST', `/guilds/${guild}/join`, { from: '203.0.113.20' });
    await server.call(STRANGER, 'POST', `/guilds/${guild}/join`, { from: '203.0.113.21' });
    const [one] = idsOf(await ban(OWNER, userNo(STRANGER)));
    expect(await ban(OWNER, userNo(MEMBER))).toEqual(QUOTA);
    await server.call(OWNER, 'DELETE', `${bans}/${one!}`);
    expect(listed(await list())).toHaveLength(1);
  });

  it('is done once for one key', async () => {
    await open();
    const { ban, bans } = await settle();
    const first = await ban(OWNER, userNo(MEMBER), {}, 'k');
    expect(idsOf(first)).toHaveLength(1);
    expect(await ban(OWNER, userNo(MEMBER), {}, 'k')).toEqual(first);
    expect((await ban(OWNER, userNo(MEMBER), { reason: 'other' }, 'k')).status).toBe(422);
    const lift = () => server.call(OWNER, 'DELETE', `${bans}/${idsOf(first)[0]!}`, { key: 'l' });
    expect([await lift(), await lift()]).toEqual([ACCEPTED, ACCEPTED]);
    expect(await eventsOf('IpBanLifted')).toHaveLength(1);
  });

  it('bars a whole network of IPv6 where the installation says so', async () => {
    await open({ FILAMENT_GUILD_IP_BAN_IPV6_PREFIX: '64' });
    const { guild, ban, messages } = await settle();
    await server.call(STRANGER, 'POST', `/guilds/${guild}/join`, { from: '2001:db8:9:9::1' });
    expect(idsOf(await ban(OWNER, userNo(STRANGER)))).toHaveLength(1);
    const read = (from: string) => server.call(OWNER, 'GET', messages, { from });
    expect(await read('2001:db8:9:9:ffff::')).toEqual(FORBIDDEN);
    expect((await read('2001:db8:9:a::1')).status).toBe(200);
  });

  it('needs valid values', async () => {
    await open();
    const { ban, bans, list } = await settle();
    const target = userNo(MEMBER);
    for (const reason of ['', '   ', 'a'.repeat(241), 'a\0'])
      expect(await ban(OWNER, target, { reason })).toEqual(INVALID);
    for (const expires_in_secs of [0, -1, 15_552_001])
      expect(await ban(OWNER, target, { expires_in_secs })).toEqual(INVALID);
    expect(await ban(OWNER, 'nobody')).toEqual(INVALID);
    for (const wrong of [
      { expires_in_secs: 1.5 },
      { expires_in_secs: '1' },
      { reason: 1 },
      { x: 1 },
    ])
      expect((await ban(OWNER, target, wrong)).status).toBe(422);
    for (const query of ['?limit=0', '?limit=101', '?cursor=', '?cursor=1', '?cursor=1_x'])
      expect(await list(query)).toEqual(INVALID);
    for (const query of ['?limit=x', '?x=1']) expect((await list(query)).status).toBe(400);
    expect(await server.call(OWNER, 'DELETE', `${bans}/nothing`)).toEqual(INVALID);
    expect(await server.call(OWNER, 'DELETE', `${bans}/${ipBanNo(1)}`)).toEqual(NOT_FOUND);
    const longest = { reason: 'é'.repeat(120), expires_in_secs: 15_552_000 };
    expect(idsOf(await ban(OWNER, target, longest))).toHaveLength(1);
  });
});

describe('who may', () => {
  it('is who manages bans, and stands above', async () => {
    await open();
    const { bans, ban } = await settle();
    const banId = ipBanNo(1);
    for (const by of [MEMBER, OTHER, STRANGER]) {
      expect(await server.call(by, 'GET', bans)).toEqual(FORBIDDEN);
      expect(await ban(by, userNo(MEMBER))).toEqual(FORBIDDEN);
      expect(await server.call(by, 'DELETE', `${bans}/${banId}`)).toEqual(FORBIDDEN);
    }
    for (const [method, path] of [
      ['GET', ''],
      ['POST', '/by-user'],
      ['DELETE', `/${banId}`],
    ] as const) {
      const body = method === 'POST' ? { body: { target_user_id: userNo(MEMBER) } } : {};
      expect((await server.call(null, method, `${bans}${path}`, body)).status).toBe(401);
      const nowhere = `/guilds/${guildNo(9)}/ip-bans${path}`;
      expect(await server.call(OWNER, method, nowhere, body)).toEqual(NOT_FOUND);
    }
    expect(await ban(MODERATOR, userNo(OWNER))).toEqual(FORBIDDEN);
    expect(await ban(MODERATOR, userNo(MODERATOR))).toEqual(NONE);
    expect(idsOf(await ban(MODERATOR, userNo(MEMBER)))).toHaveLength(1);
    expect(await ban(OWNER, userNo(OWNER))).toEqual(NONE);
  });
});

describe('the list of bans', () => {
  it('loses and repeats no row from page to page', async () => {
    await open();
    const { guild, ban, list } = await settle();
    for (let n = 1; n <= 6; n += 1)
      await server.call(MEMBER, 'POST', `/guilds/${guild}/join`, { from: `203.0.113.1${n}` });
    const made = idsOf(await ban(OWNER, userNo(MEMBER)));
    expect(made).toHaveLength(7);
    const seen: string[] = [];
    let cursor: string | null = null;
    const pages: number[] = [];
    do {
      const page = await list(`?limit=3${cursor === null ? '' : `&cursor=${cursor}`}`);
      seen.push(...listed(page).map(({ ban_id }) => ban_id));
      pages.push(listed(page).length);
      cursor = fieldOf(page, 'next_cursor') as string | null;
    } while (cursor !== null);
    expect(pages).toEqual([3, 3, 1]);
    expect(seen).toEqual([...made].sort().reverse());
    expect(fieldOf(await list('?limit=7'), 'next_cursor')).toBeNull();
    expect(fieldOf(await list('?limit=6'), 'next_cursor')).toMatch(/^\d+_[0-9A-Z]{26}$/);
  });

  it('shows a reason only as long as the person is not erased', async () => {
    await open();
    const { ban, list } = await settle();
    await ban(OWNER, userNo(MEMBER), { reason: 'spam' });
    await server.dataKeys.destroy(`account:${userNo(MEMBER)}`);
    expect(listed(await list())).toMatchObject([{ reason: null, source_user_id: userNo(MEMBER) }]);
  });
});

describe('addresses', () => {
  it('are kept as often, as long and as many as allowed', async () => {
    await open({ FILAMENT_IP_OBSERVATIONS_PER_USER: '2', FILAMENT_IP_OBSERVATION_SECS: '3600' });
    const { guild, ban } = await settle();
    const join = (from: string) => server.call(MEMBER, 'POST', `/guilds/${guild}/join`, { from });
    const seen = async () =>
      (await server.pool.query<{ seen_at: Date }>('SELECT seen_at FROM vault.ip_observations'))
        .rows;
    const [first] = await seen();
    server.advance(59);
    await join(HOME);
    expect(await seen()).toEqual([first]);
    server.advance(1);
    await join(HOME);
    expect((await seen())[0]!.seen_at).not.toEqual(first!.seen_at);
    for (const from of ['203.0.113.8', '203.0.113.9']) {
      server.advance(1);
      await join(from);
    }
    expect(await seen()).toHaveLength(2);
    server.advance(3_600);
    expect(await ban(OWNER, userNo(MEMBER))).toEqual(NONE);
  });

  it('stand in no table, no event, no log line and no metric', async () => {
    await open();
    const { ban, messages } = await settle();
    await ban(OWNER, userNo(MEMBER));
    await server.call(MEMBER, 'GET', messages, { from: HOME });
    const { rows } = await server.pool.query<{ name: string }>(
      `SELECT format('%I.%I', schemaname, tablename) AS name FROM pg_tables
        WHERE schemaname NOT IN ('pg_catalog', 'information_schema')
          AND schemaname NOT LIKE '%_next'`, // Comes and goes while search is built.
    );
    expect(rows.length).toBeGreaterThan(10);
    const bytes = Buffer.from(HOME.split('.').map(Number)).toString('hex');
    for (const { name } of rows) {
      const found = await server.pool.query<{ row: string }>(
        `SELECT t::text AS row FROM ${name} t`,
      );
      const text = found.rows.map(({ row }) => row).join('\n');
      expect([name, text.includes(HOME), text.includes(`\\x${bytes}"`)]).toEqual([
        name,
        false,
        false,
      ]);
    }
    expect(server.logged()).not.toContain(HOME);
    expect(await server.metricsText()).not.toContain(HOME);
  });
});

describe('hits', () => {
  it('are recorded once an hour for a person, and so many an hour for a guild', async () => {
    await open({ FILAMENT_IP_BAN_HITS_PER_HOUR: '3' });
    const { guild, ban, messages } = await settle();
    await ban(OWNER, userNo(MEMBER));
    const come = (by: number) => server.call(by, 'GET', messages, { from: HOME });
    const hitters = async () =>
      (await eventsOf('IpBanHit')).map((event) =>
        event.type === 'IpBanHit' ? event.data.userId : null,
      );
    for (let n = 0; n < 3; n += 1) expect(await come(MEMBER)).toEqual(FORBIDDEN);
    expect(await hitters()).toEqual([userNo(MEMBER)]);
    for (const by of [20, 21, 22, 23]) expect(await come(by)).toEqual(FORBIDDEN);
    expect(await hitters()).toEqual([MEMBER, 20, 21].map(userNo));
    server.advance(3_600);
    for (const by of [MEMBER, 22]) expect(await come(by)).toEqual(FORBIDDEN);
    expect(await hitters()).toEqual([MEMBER, 20, 21, MEMBER, 22].map(userNo));
    // A join that is refused has its decision as the record.
    await server.call(STRANGER, 'POST', `/guilds/${guild}/join`, { from: HOME });
    expect(await hitters()).toHaveLength(5);
  });
});

describe('the doors that bans stand before', () => {
  it('are those of a channel and of search, and no others', async () => {
    await open();
    const guarded = server.routes
      .filter(({ guardsAddress }) => guardsAddress === true)
      .map(({ method, url }) => `${method} ${url}`);
    const ofContract = server.routes
      .filter(({ url }) => /^\/guilds\/:guildId\/(?:channels|search)/.test(url))
      .map(({ method, url }) => `${method} ${url}`);
    expect(guarded.sort()).toEqual(ofContract.sort());
    expect(guarded.length).toBeGreaterThanOrEqual(10);
  });

  it('are asked before any permission, and after the token', async () => {
    await open();
    const { ban, messages } = await settle();
    await ban(OWNER, userNo(MEMBER));
    expect((await server.call(null, 'GET', messages, { from: HOME })).status).toBe(401);
    const nowhere = messages.replace(/channels\/\w+/, `channels/${guildNo(1)}`);
    expect(await server.call(OWNER, 'GET', nowhere, { from: HOME })).toEqual(FORBIDDEN);
    expect(await server.call(OWNER, 'GET', nowhere)).toEqual(NOT_FOUND);
    const wrong = { body: { content: 1 }, from: HOME };
    expect((await server.call(OWNER, 'POST', messages, wrong)).status).toBe(422);
  });
});
