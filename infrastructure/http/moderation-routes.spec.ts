import { guildNo } from '../../domain/shared/testing/samples.ts';
import {
  createGuildWorld,
  field,
  personNo,
  settle,
  type GuildWorld,
  type Settled,
} from './testing/guild-world.ts';

jest.setTimeout(30_000);

const INVALID = { status: 400, body: { error: 'invalid_request' } };
const FORBIDDEN = { status: 403, body: { error: 'forbidden' } };
const NOT_FOUND = { status: 404, body: { error: 'not_found' } };
const ACCEPTED = { status: 200, body: { accepted: true } };
const [OWNER, MEMBER, OUTSIDER, MODERATOR, BOUNCER, SERVER_OWNER] = [1, 2, 3, 4, 5, 99];
const DAYS = 24 * 60 * 60;

let world: GuildWorld;
let place: Settled;
let guild: string;
beforeEach(async () => {
  world = await createGuildWorld();
  place = await settle(world);
  guild = `/guilds/${place.guild}`;
  for (const number of [OUTSIDER, MODERATOR, BOUNCER]) await world.register(number);
  for (const number of [MODERATOR, BOUNCER]) await join(number);
  expect(await setRole(OWNER, MODERATOR, 'moderator')).toEqual(ACCEPTED);
});
afterEach(() => world.close());

const join = (user: number) => world.call(user, 'POST', `${guild}/join`);
const setRole = (by: number | null, user: number, role: string) =>
  world.call(by, 'PATCH', `${guild}/members/${personNo(user)}`, { role });
const act = (
  by: number | null,
  what: 'kick' | 'ban' | 'timeout',
  user: number,
  body?: unknown,
  key?: string,
) => world.call(by, 'POST', `${guild}/members/${personNo(user)}/${what}`, body, key);
const lift = (by: number | null, user: number, body?: unknown) =>
  world.call(by, 'DELETE', `${guild}/members/${personNo(user)}/timeout`, body);
const unban = (by: number | null, user: number) =>
  world.call(by, 'DELETE', `${guild}/bans/${personNo(user)}`);
const leave = (by: number | null, key?: string) =>
  world.call(by, 'DELETE', `${guild}/members/me`, undefined, key);
const bans = (by: number | null, query = '') => world.call(by, 'GET', `${guild}/bans${query}`);
const self = (by: number) =>
  world.call(by, 'GET', `${guild}/channels/${place.channel}/permissions/self`);
const now = () => Math.floor(world.clock.now() / 1000);
/** Person 5 gets a role of their own, at position 50 with `ban_member`. */
const hireBouncer = async () => {
  const body = { name: 'Bouncers', permissions: ['ban_member'], position: 50 };
  const role = String(field(await world.call(OWNER, 'POST', `${guild}/roles`, body), 'role_id'));
  await world.call(OWNER, 'POST', `${guild}/roles/${role}/members/${personNo(BOUNCER)}`);
};

describe('the fixed role of a member', () => {
  it('is moderator or member, set by owners', async () => {
    expect(field(await self(MODERATOR), 'role')).toBe('moderator');
    expect(await setRole(OWNER, MODERATOR, 'member')).toEqual(ACCEPTED);
    expect(field(await self(MODERATOR), 'role')).toBe('member');
    expect(await setRole(SERVER_OWNER, MEMBER, 'moderator')).toEqual(ACCEPTED);
    const before = (await world.events()).length;
    expect(await setRole(OWNER, MEMBER, 'moderator')).toEqual(ACCEPTED);
    expect((await world.events()).length).toBe(before);
  });
  it('is refused to everybody else, and never from or to owner', async () => {
    expect((await setRole(null, MEMBER, 'member')).status).toBe(401);
    for (const by of [MEMBER, OUTSIDER, MODERATOR])
      expect(await setRole(by, MEMBER, 'moderator')).toEqual(FORBIDDEN);
    expect(await setRole(MODERATOR, OUTSIDER, 'moderator')).toEqual(FORBIDDEN);
    expect(await setRole(OWNER, MEMBER, 'owner')).toEqual(FORBIDDEN);
    expect(await setRole(OWNER, OUTSIDER, 'owner')).toEqual(FORBIDDEN);
    expect(await setRole(OWNER, OWNER, 'member')).toEqual(FORBIDDEN);
    expect(await setRole(OWNER, OUTSIDER, 'member')).toEqual(NOT_FOUND);
    expect((await setRole(OWNER, MEMBER, 'admin')).status).toBe(422);
    const nonsense = `${guild}/members/nonsense`;
    expect(await world.call(OWNER, 'PATCH', nonsense, { role: 'member' })).toEqual(INVALID);
  });
});

describe.each(['kick', 'ban'] as const)('a %s', (measure) => {
  it('needs ban_member from whichever role, and a higher standing', async () => {
    await hireBouncer();
    expect((await act(null, measure, MEMBER)).status).toBe(401);
    for (const by of [MEMBER, OUTSIDER]) expect(await act(by, measure, BOUNCER)).toEqual(FORBIDDEN);
    for (const target of [OWNER, MODERATOR, BOUNCER, SERVER_OWNER])
      expect(await act(BOUNCER, measure, target)).toEqual(FORBIDDEN);
    expect(await act(MODERATOR, measure, MODERATOR)).toEqual(FORBIDDEN);
    expect(await act(OWNER, measure, OWNER)).toEqual(FORBIDDEN);
    expect(await act(BOUNCER, measure, MEMBER)).toEqual(ACCEPTED);
    expect(await world.call(MEMBER, 'GET', place.messages)).toEqual(FORBIDDEN);
    expect(await act(MODERATOR, measure, BOUNCER)).toEqual(ACCEPTED);
    expect(await act(OWNER, measure, MODERATOR)).toEqual(ACCEPTED);
    expect(await world.call(OWNER, 'POST', `${guild}/members/x/${measure}`)).toEqual(INVALID);
    const elsewhere = `/guilds/${guildNo(9)}/members/${personNo(MEMBER)}/${measure}`;
    expect(await world.call(OWNER, 'POST', elsewhere)).toEqual(NOT_FOUND);
  });
  it('takes a reason of bounded length, or none', async () => {
    for (const reason of ['', '  ', 'x'.repeat(241)])
      expect(await act(OWNER, measure, MEMBER, { reason })).toEqual(INVALID);
    expect((await act(OWNER, measure, MEMBER, { why: 'x' })).status).toBe(422);
    expect((await act(OWNER, measure, MEMBER, 'x')).status).toBe(400);
    expect(await act(OWNER, measure, MEMBER, { reason: 'x'.repeat(240) })).toEqual(ACCEPTED);
    expect(await act(OWNER, measure, BOUNCER, {})).toEqual(ACCEPTED);
  });
});

describe('a kicked person', () => {
  it('may come back, with no role; a repeat of the kick with its key does not reach them', async () => {
    expect(await act(OWNER, 'kick', MODERATOR, undefined, 'k')).toEqual(ACCEPTED);
    expect(await act(OWNER, 'kick', MODERATOR, undefined, 'k')).toEqual(ACCEPTED);
    expect(await act(OWNER, 'kick', MODERATOR)).toEqual(NOT_FOUND);
    expect(await act(SERVER_OWNER, 'kick', MODERATOR, undefined, 'k')).toEqual(NOT_FOUND);
    expect((await join(MODERATOR)).status).toBe(200);
    expect(field(await self(MODERATOR), 'role')).toBe('member');
  });
});

describe('bans', () => {
  it('bar people who never came, if there are such people', async () => {
    expect(await act(OWNER, 'ban', OUTSIDER)).toEqual(ACCEPTED);
    expect((await join(OUTSIDER)).status).toBe(403);
    expect(await act(OWNER, 'ban', 77)).toEqual(NOT_FOUND);
  });
  it('end, after which one may come again', async () => {
    await act(OWNER, 'ban', MEMBER);
    expect((await unban(null, MEMBER)).status).toBe(401);
    expect(await unban(BOUNCER, MEMBER)).toEqual(FORBIDDEN);
    expect(await unban(OUTSIDER, MEMBER)).toEqual(FORBIDDEN);
    expect(await unban(MEMBER, MEMBER)).toEqual(FORBIDDEN);
    expect((await join(MEMBER)).status).toBe(403);
    expect(await unban(MODERATOR, MEMBER)).toEqual(ACCEPTED);
    expect(await unban(MODERATOR, MEMBER)).toEqual(ACCEPTED);
    expect((await join(MEMBER)).status).toBe(200);
  });
  it('are listed newest first with their reasons, for those who may ban', async () => {
    await act(OWNER, 'ban', MEMBER, { reason: 'loud' });
    world.wait(1);
    await act(MODERATOR, 'ban', BOUNCER);
    world.wait(1);
    await act(OWNER, 'ban', OUTSIDER);
    await unban(OWNER, OUTSIDER);
    const [newer, older] = [
      {
        user_id: personNo(BOUNCER),
        banned_by_user_id: personNo(MODERATOR),
        banned_at_unix: expect.any(Number) as number,
        reason: null,
      },
      {
        user_id: personNo(MEMBER),
        banned_by_user_id: personNo(OWNER),
        banned_at_unix: expect.any(Number) as number,
        reason: 'loud',
      },
    ];
    expect(await bans(MODERATOR)).toEqual({
      status: 200,
      body: { bans: [newer, older], next_cursor: null },
    });
    const first = await bans(OWNER, '?limit=1');
    expect(field(first, 'bans')).toEqual([newer]);
    const rest = await bans(OWNER, `?limit=1&cursor=${String(field(first, 'next_cursor'))}`);
    expect(rest.body).toEqual({ bans: [older], next_cursor: null });
  });
  it('are hidden from everybody else, and asked for rightly', async () => {
    expect((await bans(null)).status).toBe(401);
    for (const by of [BOUNCER, OUTSIDER, MEMBER]) expect(await bans(by)).toEqual(FORBIDDEN);
    for (const query of ['?limit=0', '?limit=101', '?cursor=x', '?cursor=1_x', '?cursor='])
      expect(await bans(OWNER, query)).toEqual(INVALID);
    expect((await bans(OWNER, '?other=1')).status).toBe(400);
    expect((await bans(OWNER, '?limit=100')).status).toBe(200);
  });
});

describe('leaving', () => {
  it('ends the membership; a repeat is answered alike with its key', async () => {
    expect((await leave(null)).status).toBe(401);
    expect(await leave(MEMBER, 'k')).toEqual(ACCEPTED);
    expect(await leave(MEMBER, 'k')).toEqual(ACCEPTED);
    expect(await leave(MEMBER)).toEqual(FORBIDDEN);
    expect(await leave(OUTSIDER, 'k')).toEqual(FORBIDDEN);
    expect(await world.call(MEMBER, 'GET', place.messages)).toEqual(FORBIDDEN);
    expect(await leave(SERVER_OWNER)).toEqual(NOT_FOUND);
    expect(await world.call(MEMBER, 'DELETE', `/guilds/${guildNo(9)}/members/me`)).toEqual(
      NOT_FOUND,
    );
    expect((await join(MEMBER)).status).toBe(200);
  });
  it('is not for the last owner, also when two go at once', async () => {
    expect(await leave(OWNER)).toEqual(FORBIDDEN);
    const roles = field(await world.call(OWNER, 'GET', `${guild}/roles`), 'roles') as {
      role_id: string;
    }[];
    const owners = `${guild}/roles/${roles[0]!.role_id}/members/${personNo(MEMBER)}`;
    expect(await world.call(SERVER_OWNER, 'POST', owners)).toEqual(ACCEPTED);
    const both = await Promise.all([leave(OWNER), leave(MEMBER)]);
    expect(both.map(({ status }) => status).sort()).toEqual([200, 403]);
  });
});

describe('a timeout', () => {
  const timeOut = (by: number | null, user: number, secs: number, reason?: string) =>
    act(by, 'timeout', user, { until_unix: now() + secs, ...(reason && { reason }) });

  it('leaves sight and takes speech, until its time is up', async () => {
    const posted = await world.call(MEMBER, 'POST', place.messages, { content: 'hi' });
    const message = `${place.messages}/${String(field(posted, 'message_id'))}`;
    const until = now() + 60;
    expect(await timeOut(MODERATOR, MEMBER, 60, 'loud')).toEqual(ACCEPTED);
    expect((await world.call(MEMBER, 'GET', place.messages)).status).toBe(200);
    expect(await self(MEMBER)).toEqual({
      status: 200,
      body: { role: 'member', permissions: ['create_message'], timed_out_until_unix: until },
    });
    const page = await world.call(MEMBER, 'GET', `${guild}/members`);
    expect(field(page, 'members')).toContainEqual({
      user_id: personNo(MEMBER),
      role_ids: [],
      timed_out_until_unix: until,
    });
    expect(await world.call(MEMBER, 'POST', place.messages, { content: 'x' })).toEqual(FORBIDDEN);
    expect(await world.call(MEMBER, 'PATCH', message, { content: 'x' })).toEqual(FORBIDDEN);
    expect(await world.call(MEMBER, 'POST', `${message}/reactions/a`)).toEqual(FORBIDDEN);
    world.wait(60_000);
    expect((await world.call(MEMBER, 'POST', place.messages, { content: 'x' })).status).toBe(200);
    expect((await world.call(MEMBER, 'POST', `${message}/reactions/a`)).status).toBe(200);
    expect(await self(MEMBER)).toEqual({
      status: 200,
      body: { role: 'member', permissions: ['create_message', 'subscribe_streams'] },
    });
  });
  it('does not end by leaving and coming back', async () => {
    await timeOut(OWNER, MEMBER, 60);
    await leave(MEMBER);
    await join(MEMBER);
    expect(await world.call(MEMBER, 'POST', place.messages, { content: 'x' })).toEqual(FORBIDDEN);
  });
  it('takes moderation too, so nobody lifts their own', async () => {
    await timeOut(OWNER, MODERATOR, 60);
    expect(await lift(MODERATOR, MODERATOR)).toEqual(FORBIDDEN);
    expect(await act(MODERATOR, 'kick', MEMBER)).toEqual(FORBIDDEN);
    expect(await bans(MODERATOR)).toEqual(FORBIDDEN);
    expect(await lift(OWNER, MODERATOR, { reason: 'a misunderstanding' })).toEqual(ACCEPTED);
    expect(await act(MODERATOR, 'kick', MEMBER)).toEqual(ACCEPTED);
  });
  it('lasts 28 days at most and not less than nothing', async () => {
    for (const secs of [28 * DAYS + 1, 0, -1, 1e12])
      expect(await timeOut(OWNER, MEMBER, secs)).toEqual(INVALID);
    expect(await timeOut(OWNER, MEMBER, 28 * DAYS)).toEqual(ACCEPTED);
    expect(await timeOut(OWNER, MEMBER, 1)).toEqual(ACCEPTED);
    expect(await timeOut(OWNER, MEMBER, 60, 'x'.repeat(241))).toEqual(INVALID);
    for (const body of [{}, { until_unix: 1.5 }, { until_unix: '1' }, { until_unix: 1, x: 1 }])
      expect((await act(OWNER, 'timeout', MEMBER, body)).status).toBe(422);
    expect((await act(OWNER, 'timeout', MEMBER)).status).toBe(415);
    expect(await act(OWNER, 'timeout', MEMBER, { until_unix: -1 })).toEqual(INVALID);
  });
  it('is given and lifted by those who stand above', async () => {
    await hireBouncer();
    expect((await timeOut(null, MEMBER, 60)).status).toBe(401);
    expect((await lift(null, MEMBER)).status).toBe(401);
    for (const by of [MEMBER, OUTSIDER]) {
      expect(await timeOut(by, BOUNCER, 60)).toEqual(FORBIDDEN);
      expect(await lift(by, BOUNCER)).toEqual(FORBIDDEN);
    }
    for (const target of [OWNER, MODERATOR, BOUNCER]) {
      expect(await timeOut(BOUNCER, target, 60)).toEqual(FORBIDDEN);
      expect(await lift(BOUNCER, target)).toEqual(FORBIDDEN);
    }
    expect(await timeOut(BOUNCER, MEMBER, 60)).toEqual(ACCEPTED);
    expect(await lift(BOUNCER, MEMBER)).toEqual(ACCEPTED);
    expect(await lift(BOUNCER, MEMBER)).toEqual(ACCEPTED);
    expect(await timeOut(OWNER, OUTSIDER, 60)).toEqual(NOT_FOUND);
  });
});
