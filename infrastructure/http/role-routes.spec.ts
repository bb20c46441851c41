import { PERMISSION_NAMES } from '../../domain/permission/permissions.ts';
import { channelNo, guildNo, roleNo } from '../../domain/shared/testing/samples.ts';
import {
  createGuildWorld,
  field,
  personNo,
  settle,
  type Answer,
  type GuildWorld,
  type Settled,
} from './testing/guild-world.ts';

// Many tests share the machine with this one; how long a server takes to start is not what it is about.
jest.setTimeout(30_000);

const INVALID = { status: 400, body: { error: 'invalid_request' } };
const FORBIDDEN = { status: 403, body: { error: 'forbidden' } };
const NOT_FOUND = { status: 404, body: { error: 'not_found' } };
const QUOTA = { status: 409, body: { error: 'quota_exceeded' } };
const ACCEPTED = { status: 200, body: { accepted: true } };
const [OWNER, MEMBER, OUTSIDER, MANAGER, SERVER_OWNER] = [1, 2, 3, 4, 99];

type Role = {
  readonly role_id: string;
  readonly name: string;
  readonly position: number;
  readonly permissions: readonly string[];
  readonly color_hex: string | null;
};

let world: GuildWorld;
let place: Settled;
let path: string;
beforeEach(async () => {
  world = await createGuildWorld();
  place = await settle(world);
  path = `/guilds/${place.guild}/roles`;
});
afterEach(() => world.close());

const create = (by: number | null, body: unknown, key?: string) =>
  world.call(by, 'POST', path, body, key);
const made = async (body: object, by = OWNER): Promise<string> => {
  const answer = await create(by, { name: 'Sea', permissions: [], ...body });
  expect(answer.status).toBe(200);
  return String(field(answer, 'role_id'));
};
const update = (by: number | null, role: string, body: unknown) =>
  world.call(by, 'PATCH', `${path}/${role}`, body);
const remove = (by: number | null, role: string, key?: string) =>
  world.call(by, 'DELETE', `${path}/${role}`, undefined, key);
const reorder = (by: number | null, ...role_ids: unknown[]) =>
  world.call(by, 'POST', `${path}/reorder`, { role_ids });
const setDefault = (by: number | null, body: object) =>
  world.call(by, 'POST', `${path}/default`, body);
const assign = (by: number | null, role: string, user: number | string) =>
  world.call(by, 'POST', holder(role, user));
const unassign = (by: number | null, role: string, user: number | string) =>
  world.call(by, 'DELETE', holder(role, user));
const holder = (role: string, user: number | string) =>
  `${path}/${role}/members/${typeof user === 'number' ? personNo(user) : user}`;
const roles = async () => field(await world.call(OWNER, 'GET', path), 'roles') as readonly Role[];
const seeded = async (name: string) => (await roles()).find((role) => role.name === name)!.role_id;
const heldBy = async (user: number): Promise<readonly string[]> => {
  const page = await world.call(OWNER, 'GET', `/guilds/${place.guild}/members`);
  const members = field(page, 'members') as { user_id: string; role_ids: string[] }[];
  return members.find(({ user_id }) => user_id === personNo(user))?.role_ids ?? [];
};
/** Person 4, who manages roles from position 50. */
const hireManager = async (permissions: readonly string[] = []) => {
  await world.register(MANAGER);
  await world.call(OWNER, 'POST', `/guilds/${place.guild}/members/${personNo(MANAGER)}`);
  const role = await made({
    name: 'Managers',
    position: 50,
    permissions: ['manage_workspace_roles', 'manage_member_roles', ...permissions],
  });
  expect(await assign(OWNER, role, MANAGER)).toEqual(ACCEPTED);
  return role;
};

describe('creating a role', () => {
  it('answers it as it was asked for, just below the own highest position', async () => {
    const asked = ['create_message', 'ban_member', 'create_message'];
    const answer = await create(OWNER, { name: ' Sea ', permissions: asked, color_hex: '#a0b1c2' });
    expect(answer).toEqual({
      status: 200,
      body: {
        role_id: expect.any(String) as string,
        name: 'Sea',
        position: 9_999,
        is_system: false,
        permissions: asked,
        color_hex: '#A0B1C2',
      },
    });
    expect((await roles()).map(({ name, permissions }) => [name, permissions.length])[1]).toEqual([
      'Sea',
      2,
    ]);
  });
  it.each([
    { name: '' },
    { name: 'a'.repeat(33) },
    { name: '@everyone' },
    { name: 'Workspace_owner' },
    { name: 'a\nb' },
    { color_hex: 'red' },
    { color_hex: '' },
  ])('refuses %j', async (body) => {
    const whole = { name: 'Sea', permissions: [], ...body };
    expect(await create(OWNER, whole)).toEqual(INVALID);
    expect(await create(OUTSIDER, whole)).toEqual(INVALID);
  });
  it.each([
    { permissions: undefined },
    { permissions: ['fly'] },
    { permissions: 'ban_member' },
    { position: 1.5 },
    { position: 2_147_483_648 },
    { position: '1' },
    { other: 1 },
  ])('answers 422 to %j', async (body) =>
    expect((await create(OWNER, { name: 'Sea', permissions: [], ...body })).status).toBe(422),
  );
  it('takes positions of 32 bits from an owner, and null for what is left out', async () => {
    for (const position of [2_147_483_647, -2_147_483_648])
      await made({ position, color_hex: null });
    expect(await made({ position: null })).toBeTruthy();
  });
  it('is for those who manage roles, below themselves and with what they hold', async () => {
    await hireManager(['ban_member']);
    const body = { name: 'Sea', permissions: ['ban_member'] };
    expect((await create(null, body)).status).toBe(401);
    expect(await create(MEMBER, body)).toEqual(FORBIDDEN);
    expect(await create(OUTSIDER, body)).toEqual(FORBIDDEN);
    expect(await create(MANAGER, { ...body, position: 50 })).toEqual(FORBIDDEN);
    expect(await create(MANAGER, { ...body, permissions: ['manage_roles'] })).toEqual(FORBIDDEN);
    expect(field(await create(MANAGER, body), 'position')).toBe(49);
    expect((await create(SERVER_OWNER, { ...body, permissions: PERMISSION_NAMES })).status).toBe(
      200,
    );
    expect(await world.call(OWNER, 'POST', `/guilds/${guildNo(9)}/roles`, body)).toEqual(NOT_FOUND);
  });
  it('is bounded in number, exactly, however many ask at once', async () => {
    for (let n = 4; n < 62; n += 1) await made({});
    const answers = await Promise.all(
      Array.from({ length: 4 }, () => create(OWNER, { name: 'Sea', permissions: [] })),
    );
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(2);
    expect(answers.find(({ status }) => status !== 200)).toEqual(QUOTA);
    expect(await roles()).toHaveLength(64);
  });
  it('is done once per key', async () => {
    const body = { name: 'Sea', permissions: ['ban_member'], color_hex: '#a0b1c2' };
    const answers = await Promise.all([0, 1, 2].map(() => create(OWNER, body, 'k')));
    expect(new Set(answers.map((answer: Answer) => JSON.stringify(answer))).size).toBe(1);
    expect(await roles()).toHaveLength(5);
    expect((await create(OWNER, { ...body, name: 'Bay' }, 'k')).status).toBe(422);
  });
});

describe('updating a role', () => {
  it('changes what is given; a null colour is taken away', async () => {
    const role = await made({ color_hex: '#a0b1c2', position: 7, permissions: ['ban_member'] });
    const now = { role_id: role, name: 'Sea', position: 7, is_system: false };
    expect(await update(OWNER, role, { color_hex: null })).toEqual({
      status: 200,
      body: { ...now, permissions: ['ban_member'], color_hex: null },
    });
    expect(
      await update(OWNER, role, { name: ' Bay ', permissions: ['create_message', 'ban_member'] }),
    ).toEqual({
      status: 200,
      body: {
        ...now,
        name: 'Bay',
        permissions: ['ban_member', 'create_message'],
        color_hex: null,
      },
    });
    const before = (await world.events()).length;
    expect((await update(OWNER, role, { name: 'Bay', color_hex: null })).status).toBe(200);
    expect((await world.events()).length).toBe(before);
  });
  it('looks at what is wanted first, then at who wants it, then at what is there', async () => {
    const role = await made({});
    for (const body of [{}, { name: '' }, { color_hex: 'x' }, { name: null, permissions: null }])
      for (const by of [OWNER, MEMBER, OUTSIDER])
        expect(await update(by, role, body)).toEqual(INVALID);
    expect((await update(OWNER, role, { permissions: ['fly'] })).status).toBe(422);
    expect((await update(null, role, { name: 'x' })).status).toBe(401);
    expect(await update(MEMBER, roleNo(999), { name: 'x' })).toEqual(FORBIDDEN);
    expect(await update(OWNER, roleNo(999), { name: 'x' })).toEqual(NOT_FOUND);
    expect(await update(OWNER, 'nonsense', { name: 'x' })).toEqual(INVALID);
    expect((await update(OWNER, role.toLowerCase(), { name: 'x' })).status).toBe(200);
  });
  it('never gives what one lacks, nor reaches what stands as high', async () => {
    const own = await hireManager();
    const low = await made({ position: 49, permissions: ['manage_roles'] });
    expect(await update(MANAGER, own, { name: 'x' })).toEqual(FORBIDDEN);
    expect(await update(MANAGER, low, { permissions: ['manage_roles', 'ban_member'] })).toEqual(
      FORBIDDEN,
    );
    expect(await update(MANAGER, low, { permissions: [] })).toEqual(FORBIDDEN);
    const kept = { permissions: ['manage_roles', 'manage_member_roles'] };
    expect((await update(MANAGER, low, kept)).status).toBe(200);
    expect((await update(OWNER, low, { permissions: PERMISSION_NAMES })).status).toBe(200);
  });
  it('leaves system roles to the server owner, and seeded ones their names', async () => {
    const [everyone, member] = [await seeded('@everyone'), await seeded('member')];
    expect(await update(OWNER, everyone, { permissions: [] })).toEqual(FORBIDDEN);
    expect((await update(SERVER_OWNER, everyone, { permissions: [] })).status).toBe(200);
    expect(await update(SERVER_OWNER, everyone, { name: 'x' })).toEqual(FORBIDDEN);
    expect(await update(OWNER, member, { name: 'x' })).toEqual(FORBIDDEN);
    expect((await update(OWNER, member, { name: 'member', permissions: [] })).status).toBe(200);
    // Both gone: nobody but owners sees the channel any more.
    expect(await world.call(MEMBER, 'GET', place.messages)).toEqual(FORBIDDEN);
  });
});

describe('deleting a role', () => {
  it('takes it from its members and channels at once', async () => {
    const everyone = await seeded('@everyone');
    const role = await made({});
    const channel = `/guilds/${place.guild}/channels/${place.channel}/permission-overrides/role`;
    await world.call(OWNER, 'POST', `${channel}/${everyone}`, {
      allow: [],
      deny: ['create_message'],
    });
    await world.call(OWNER, 'POST', `${channel}/${role}`, { allow: ['create_message'], deny: [] });
    await assign(OWNER, role, MEMBER);
    await setDefault(OWNER, { role_id: role });
    expect((await world.call(MEMBER, 'GET', place.messages)).status).toBe(200);
    expect(await remove(OWNER, role)).toEqual(ACCEPTED);
    expect(await world.call(MEMBER, 'GET', place.messages)).toEqual(FORBIDDEN);
    expect(await heldBy(MEMBER)).toEqual([]);
    expect(field(await world.call(MEMBER, 'GET', path), 'default_join_role_id')).toBeNull();
    expect(await remove(OWNER, role)).toEqual(NOT_FOUND);
  });
  it('is answered alike to a repeat with its key', async () => {
    const role = await made({});
    expect(await remove(OWNER, role, 'k')).toEqual(ACCEPTED);
    expect(await remove(OWNER, role, 'k')).toEqual(ACCEPTED);
    expect(await remove(SERVER_OWNER, role, 'k')).toEqual(NOT_FOUND);
  });
  it('never happens to a seeded role', async () => {
    for (const name of ['@everyone', 'member', 'moderator', 'workspace_owner'])
      for (const by of [OWNER, SERVER_OWNER])
        expect(await remove(by, await seeded(name))).toEqual(FORBIDDEN);
    expect(await roles()).toHaveLength(4);
  });
  it('is for those who stand above it', async () => {
    const own = await hireManager();
    const low = await made({ position: 49 });
    expect((await remove(null, low)).status).toBe(401);
    expect(await remove(MEMBER, low)).toEqual(FORBIDDEN);
    expect(await remove(OUTSIDER, low)).toEqual(FORBIDDEN);
    expect(await remove(MANAGER, own)).toEqual(FORBIDDEN);
    expect(await remove(MANAGER, low)).toEqual(ACCEPTED);
    expect(await remove(OWNER, 'nonsense')).toEqual(INVALID);
  });
});

describe('reordering roles', () => {
  it('gives the first the highest position and leaves the others theirs', async () => {
    const [a, b, c] = [await made({}), await made({}), await made({ position: 30 })];
    expect(await reorder(OWNER, b, await seeded('member'), a.toLowerCase())).toEqual(ACCEPTED);
    const positions = new Map((await roles()).map((role) => [role.role_id, role.position]));
    expect([a, b, c].map((role) => positions.get(role))).toEqual([1, 3, 30]);
  });
  it('refuses an order that is none', async () => {
    const role = await made({});
    expect(await reorder(OWNER)).toEqual(INVALID);
    expect(await reorder(OWNER, role, role)).toEqual(INVALID);
    expect(await reorder(OWNER, role, roleNo(999))).toEqual(INVALID);
    expect(await reorder(OWNER, role, 'nonsense')).toEqual(INVALID);
    expect((await reorder(OWNER, role, 1)).status).toBe(422);
    const many = Array.from({ length: 65 }, (_, n) => roleNo(n));
    expect(await reorder(OWNER, ...many)).toEqual(INVALID);
  });
  it('lifts nobody: not what is above, not a system role, not to where one stands', async () => {
    const own = await hireManager();
    const low = await made({ position: 3 });
    expect((await reorder(null, low)).status).toBe(401);
    expect(await reorder(MEMBER, low)).toEqual(FORBIDDEN);
    expect(await reorder(MANAGER, own, low)).toEqual(FORBIDDEN);
    expect(await reorder(MANAGER, low)).toEqual(ACCEPTED);
    for (const system of ['@everyone', 'workspace_owner'])
      expect(await reorder(OWNER, low, await seeded(system))).toEqual(FORBIDDEN);
    const lowest = [low, await made({ position: 1 }), await made({ position: 1 })];
    expect(await reorder(OWNER, own, ...lowest)).toEqual(ACCEPTED); // To position 4
    const another = await made({ position: 1 });
    expect(await reorder(MANAGER, ...lowest, another)).toEqual(FORBIDDEN); // Level with the own
    expect(await reorder(MANAGER, another, low, ...lowest.slice(1, 2))).toEqual(ACCEPTED);
  });
});

describe('the default role', () => {
  it('is given to who joins from now on, and told by the list', async () => {
    const role = await made({});
    expect(await setDefault(OWNER, { role_id: role })).toEqual(ACCEPTED);
    expect(field(await world.call(MEMBER, 'GET', path), 'default_join_role_id')).toBe(role);
    await world.call(OUTSIDER, 'POST', `/guilds/${place.guild}/join`);
    expect(await heldBy(OUTSIDER)).toEqual([role]);
    expect(await heldBy(MEMBER)).toEqual([]);
    expect(await setDefault(OWNER, {})).toEqual(ACCEPTED);
    expect(field(await world.call(MEMBER, 'GET', path), 'default_join_role_id')).toBeNull();
  });
  it('is a known one, no system role, and none that gives more than the giver has', async () => {
    await hireManager();
    const [low, mighty] = [await made({ position: 3 }), await made({ position: 3 })];
    await update(OWNER, mighty, { permissions: ['ban_member'] });
    expect((await setDefault(null, {})).status).toBe(401);
    expect(await setDefault(MEMBER, { role_id: low })).toEqual(FORBIDDEN);
    expect(await setDefault(OWNER, { role_id: roleNo(999) })).toEqual(INVALID);
    expect(await setDefault(OWNER, { role_id: 'nonsense' })).toEqual(INVALID);
    expect(await setDefault(OWNER, { role_id: await seeded('@everyone') })).toEqual(FORBIDDEN);
    expect(await setDefault(MANAGER, { role_id: mighty })).toEqual(FORBIDDEN);
    expect(await setDefault(MANAGER, { role_id: low })).toEqual(ACCEPTED);
    expect((await setDefault(OWNER, { role_id: 1 })).status).toBe(422);
  });
});

describe('roles of a member', () => {
  it('are given and taken, each once', async () => {
    const role = await made({});
    expect(await assign(OWNER, role, personNo(MEMBER).toLowerCase())).toEqual(ACCEPTED);
    expect(await assign(OWNER, role, MEMBER)).toEqual(ACCEPTED);
    expect(await heldBy(MEMBER)).toEqual([role]);
    expect(await unassign(OWNER, role, MEMBER)).toEqual(ACCEPTED);
    expect(await unassign(OWNER, role, MEMBER)).toEqual(ACCEPTED);
    expect(await unassign(OWNER, role, OUTSIDER)).toEqual(ACCEPTED);
    const told = (await world.events()).filter(({ type }) => /^MemberRole.*ed$/.test(type));
    expect(told).toHaveLength(3); // The owner's own first.
  });
  it('are refused in the order of the contract', async () => {
    const [role, everyone] = [await made({}), await seeded('@everyone')];
    for (const change of [assign, unassign]) {
      expect((await change(null, role, MEMBER)).status).toBe(401);
      expect(await change(MEMBER, role, MEMBER)).toEqual(FORBIDDEN);
      expect(await change(OUTSIDER, role, MEMBER)).toEqual(FORBIDDEN);
      expect(await change(OWNER, roleNo(999), MEMBER)).toEqual(NOT_FOUND);
      expect(await change(OWNER, everyone, MEMBER)).toEqual(INVALID);
      expect(await change(OWNER, 'nonsense', MEMBER)).toEqual(INVALID);
      expect(await change(OWNER, role, 'nonsense')).toEqual(INVALID);
      expect(await change(OWNER, await seeded('workspace_owner'), MEMBER)).toEqual(FORBIDDEN);
    }
    expect(await assign(OWNER, role, OUTSIDER)).toEqual(NOT_FOUND);
    expect(await assign(OWNER, everyone, OUTSIDER)).toEqual(NOT_FOUND);
  });
  it('are 16 at most; those of roles that are gone count no more', async () => {
    const given: string[] = [];
    for (let n = 0; n < 17; n += 1) given.push(await made({}));
    for (const role of given.slice(0, 16))
      expect(await assign(OWNER, role, MEMBER)).toEqual(ACCEPTED);
    expect(await assign(OWNER, given[16]!, MEMBER)).toEqual(QUOTA);
    await remove(OWNER, given[0]!);
    expect(await assign(OWNER, given[16]!, MEMBER)).toEqual(ACCEPTED);
    expect(await heldBy(MEMBER)).toHaveLength(16);
  });
  it('are given from below the own highest only, and none that hold more', async () => {
    const own = await hireManager();
    const mighty = await made({ position: 3, permissions: ['ban_member'] });
    expect(await assign(MANAGER, own, MEMBER)).toEqual(FORBIDDEN);
    expect(await assign(MANAGER, mighty, MANAGER)).toEqual(FORBIDDEN);
    expect(await unassign(MANAGER, own, MANAGER)).toEqual(FORBIDDEN);
    expect(await unassign(MANAGER, mighty, MEMBER)).toEqual(ACCEPTED);
  });
  it('count with what channels say of them', async () => {
    await hireManager();
    const role = await made({ position: 3 });
    const say = (allow: string[], deny: string[]) =>
      world.call(
        OWNER,
        'POST',
        `/guilds/${place.guild}/channels/${place.channel}/permission-overrides/role/${role}`,
        { allow, deny },
      );
    await say(['delete_message'], []);
    expect(await assign(MANAGER, role, MANAGER)).toEqual(FORBIDDEN);
    expect(await setDefault(MANAGER, { role_id: role })).toEqual(FORBIDDEN);
    expect(await assign(OWNER, role, MEMBER)).toEqual(ACCEPTED);
    await say([], ['create_message']);
    expect(await unassign(MANAGER, role, MEMBER)).toEqual(ACCEPTED);
    // Who is silenced by a role gets rid of it no more than of the override itself.
    expect(await assign(OWNER, role, MANAGER)).toEqual(ACCEPTED);
    expect(await unassign(MANAGER, role, MANAGER)).toEqual(FORBIDDEN);
    expect(await remove(MANAGER, role)).toEqual(FORBIDDEN);
    expect(await remove(OWNER, role)).toEqual(ACCEPTED);
  });
  it('have the implied one among them whatever is done', async () => {
    const [member, before] = [await seeded('member'), (await world.events()).length];
    expect(await assign(OWNER, member, MEMBER)).toEqual(ACCEPTED);
    expect(await unassign(OWNER, member, MEMBER)).toEqual(ACCEPTED);
    expect((await world.events()).length).toBe(before);
  });
  it('make moderators, and owners by the server owner, who leaves one always', async () => {
    const [moderator, owner] = [await seeded('moderator'), await seeded('workspace_owner')];
    const self = async (by: number) =>
      field(
        await world.call(
          by,
          'GET',
          `/guilds/${place.guild}/channels/${place.channel}/permissions/self`,
        ),
        'role',
      );
    await assign(OWNER, moderator, MEMBER);
    expect(await self(MEMBER)).toBe('moderator');
    expect(await unassign(SERVER_OWNER, owner, OWNER)).toEqual(FORBIDDEN);
    expect(await assign(SERVER_OWNER, owner, MEMBER)).toEqual(ACCEPTED);
    expect(await self(MEMBER)).toBe('owner');
    const both = await Promise.all(
      [OWNER, MEMBER].map((user) => unassign(SERVER_OWNER, owner, user)),
    );
    expect(both.map(({ status }) => status).sort()).toEqual([200, 403]);
  });
});

describe('overrides', () => {
  const inChannel = () => `/guilds/${place.guild}/channels/${place.channel}`;
  const byRole = (by: number | null, role: string, allow: string[], deny: string[]) =>
    world.call(by, 'POST', `${inChannel()}/overrides/${role}`, { allow, deny });
  const byTarget = (by: number | null, target: string, allow: string[], deny: string[]) =>
    world.call(by, 'POST', `${inChannel()}/permission-overrides/${target}`, { allow, deny });

  it('by fixed role hold at once, for the seeded role', async () => {
    expect(await byRole(OWNER, 'member', [], ['create_message'])).toEqual(ACCEPTED);
    expect(await world.call(MEMBER, 'POST', place.messages, { content: 'x' })).toEqual(FORBIDDEN);
    expect(await byRole(OWNER, 'member', ['create_message'], [])).toEqual(ACCEPTED);
    expect((await world.call(MEMBER, 'POST', place.messages, { content: 'x' })).status).toBe(200);
    expect(await byRole(OWNER, 'owner', [], ['create_message'])).toEqual(ACCEPTED);
    expect((await world.call(OWNER, 'POST', place.messages, { content: 'x' })).status).toBe(200);
    const [set] = (await world.events()).filter(({ type }) => type === 'ChannelOverrideSet');
    expect(set?.data).toMatchObject({
      fixedRole: 'member',
      target: { kind: 'role', roleId: await seeded('member') },
    });
  });
  it('by fixed role are for owners', async () => {
    await assign(OWNER, await seeded('moderator'), MEMBER);
    expect((await byRole(null, 'member', [], [])).status).toBe(401);
    expect(await byRole(MEMBER, 'member', [], [])).toEqual(FORBIDDEN);
    expect(await byRole(OUTSIDER, 'member', [], [])).toEqual(FORBIDDEN);
    expect(await byRole(OWNER, 'member', ['ban_member'], ['ban_member'])).toEqual(INVALID);
    expect((await byRole(OWNER, 'everyone', [], [])).status).toBe(400);
    expect((await byRole(OWNER, 'member', ['fly'], [])).status).toBe(422);
  });
  it('by target replace each other, and may be of whoever is not there', async () => {
    const me = `member/${personNo(MEMBER)}`;
    expect(await byTarget(OWNER, me, [], ['create_message'])).toEqual(ACCEPTED);
    expect(await world.call(MEMBER, 'GET', place.messages)).toEqual(FORBIDDEN);
    expect(await byTarget(OWNER, me.toLowerCase(), ['manage_roles'], [])).toEqual(ACCEPTED);
    expect((await world.call(MEMBER, 'GET', place.messages)).status).toBe(200);
    expect(await byTarget(OWNER, `role/${roleNo(999)}`, [], ['ban_member'])).toEqual(ACCEPTED);
    expect(await byTarget(OWNER, `member/${personNo(77)}`, ['ban_member'], [])).toEqual(ACCEPTED);
  });
  it('by target are for those who manage them, with what they hold there', async () => {
    const [moderator, me] = [await seeded('moderator'), `member/${personNo(MEMBER)}`];
    expect((await byTarget(null, me, [], [])).status).toBe(401);
    expect(await byTarget(MEMBER, me, [], [])).toEqual(FORBIDDEN);
    await assign(OWNER, moderator, MEMBER);
    expect(await byTarget(MEMBER, me, ['manage_roles'], [])).toEqual(FORBIDDEN);
    expect(await byTarget(MEMBER, `role/${moderator}`, ['manage_workspace_roles'], [])).toEqual(
      FORBIDDEN,
    );
    expect(await byTarget(MEMBER, me, ['ban_member'], ['publish_video'])).toEqual(ACCEPTED);
    expect(await byTarget(OUTSIDER, me, [], [])).toEqual(FORBIDDEN);
    expect(await byTarget(OWNER, me, ['ban_member'], ['ban_member'])).toEqual(INVALID);
    expect(await byTarget(OWNER, 'member/nonsense', [], [])).toEqual(INVALID);
    expect((await byTarget(OWNER, `group/${moderator}`, [], [])).status).toBe(400);
    expect((await byTarget(OWNER, `0/${moderator}`, [], [])).status).toBe(400);
    const nowhere = `/guilds/${place.guild}/channels/${channelNo(9)}/permission-overrides/${me}`;
    expect(await world.call(OWNER, 'POST', nowhere, { allow: [], deny: [] })).toEqual(NOT_FOUND);
    const half = await world.call(OWNER, 'POST', `${inChannel()}/overrides/member`, { allow: [] });
    expect(half.status).toBe(422);
  });
});
