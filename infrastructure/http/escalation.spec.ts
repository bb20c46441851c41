// Whatever people who own nothing do with roles, overrides and each other, in whatever order: nobody comes to hold what the
// one who did it could not give, and nobody acts on whom they don't stand above. Judged by the second reading of the
// contract (domain/permission/testing), which shares nothing with the code that decides.
import fc from 'fast-check';
import { isLeft } from 'fp-ts/lib/Either.js';
import { PERMISSION_NAMES, type PermissionName } from '../../domain/permission/permissions.ts';
import { referenceResolve } from '../../domain/permission/testing/reference-resolve.ts';
import { type ChannelId, type GuildId, type SessionId } from '../../domain/shared/ids.ts';
import { type Timestamp } from '../../domain/shared/timestamp.ts';
import { createGuildWorld, personNo, type GuildWorld } from './testing/guild-world.ts';

const OWNER = 1;
const PEOPLE = [1, 2, 3, 4, 5]; // All but the first own nothing
const RUNS = 150;
const RANKS: Readonly<Record<string, number>> = { owner: 3, moderator: 2, member: 1 };
const GUILD = '/guilds/:guildId';
const ROLE = `${GUILD}/roles/:roleId`;
const MEMBER = `${GUILD}/members/:userId`;

type Command = {
  readonly method: string;
  readonly url: string;
  readonly by: number;
  readonly target: number;
  readonly role: number; // Which of those there are
  readonly channel: number;
  readonly body?: unknown;
};
type Place = { readonly guildId: GuildId; readonly channels: readonly ChannelId[] };

let world: GuildWorld;
beforeAll(async () => {
  world = await createGuildWorld({ guildsCreatedPerUserMax: 1_000 });
  for (const person of PEOPLE) await world.register(person);
});
afterAll(() => world.close());

// --- What can be asked.

const somebody = fc.constantFrom(...PEOPLE.slice(1));
const permissions = fc.subarray([...PERMISSION_NAMES]);
const position = fc.constantFrom(2, 3, 4, 40);
const entry = fc
  .tuple(permissions, permissions)
  .map(([allow, deny]) => ({ allow: allow.filter((name) => !deny.includes(name)), deny }));
const command = (
  method: string,
  url: string,
  body: fc.Arbitrary<unknown> = fc.constant(undefined),
): fc.Arbitrary<Command> =>
  fc.record({
    method: fc.constant(method),
    url: fc.constant(url),
    by: somebody,
    target: fc.constantFrom(...PEOPLE),
    role: fc.nat(7),
    channel: fc.nat(1),
    body,
  });
const assigning = command('POST', `${ROLE}/members/:userId`);
const anyCommand = fc.oneof(
  // Most ways up end here, so it is asked the most.
  { weight: 4, arbitrary: assigning },
  command('POST', `${GUILD}/roles`, fc.record({ name: fc.constant('r'), permissions, position })),
  command('PATCH', ROLE, fc.record({ permissions })),
  command('DELETE', ROLE),
  command('POST', `${GUILD}/roles/reorder`, fc.constant('order')),
  command('POST', `${GUILD}/roles/default`, fc.constant('role')),
  command('DELETE', `${ROLE}/members/:userId`),
  command('POST', `${GUILD}/channels/:channelId/permission-overrides/:targetKind/:targetId`, entry),
  command('POST', `${GUILD}/channels/:channelId/overrides/:fixedRole`, entry),
  command('PATCH', MEMBER, fc.record({ role: fc.constantFrom('member', 'moderator', 'owner') })),
  command('POST', `${MEMBER}/kick`, fc.constant({})),
  command('POST', `${MEMBER}/ban`, fc.constant({})),
  command('POST', `${MEMBER}/timeout`, fc.constant('soon')),
  command('DELETE', `${MEMBER}/timeout`, fc.constant({})),
  command('DELETE', `${GUILD}/bans/:userId`),
  command('DELETE', `${GUILD}/members/me`),
  command('POST', `${GUILD}/join`),
);

/** Asks a route as the server would, without the network; null when it was refused or changed nothing. */
const ask = async (by: number, method: string, url: string, params: object, body: unknown) => {
  const found = world.routes.find((route) => route.method === method && route.url === url);
  if (found?.serve.auth !== 'bearer') throw new Error(`No such route: ${method} ${url}`);
  const prepared = found.serve.prepare({ params: { ...params }, query: {}, body });
  if (isLeft(prepared))
    throw new Error(`Not as ${method} ${url} takes it: ${JSON.stringify(body)}`);
  const outcome = await prepared.right({
    identity: {
      userId: personNo(by),
      sessionId: '01J0000000000000000000SESS' as SessionId,
      username: 'p',
      expiresAt: 4e12 as Timestamp,
    },
    context: world.context,
    clientAddress: `198.51.100.${by}`,
    idempotencyKey: null,
    transfer: null,
  });
  return isLeft(outcome) || outcome.right.position === null ? null : outcome.right.answer;
};

const guildOf = async ({ guildId }: Place) => {
  const guild = await world.access.guild(guildId);
  if (guild === null) throw new Error('The guild is gone.');
  return guild;
};

const perform = async (place: Place, { method, url, by, target, role, channel, body }: Command) => {
  const { roles } = await guildOf(place);
  const roleIds = [...roles.keys()];
  const lowest = [...roles.values()]
    .filter(({ isSystem }) => !isSystem)
    .sort((a, b) => a.position - b.position)
    .map((low) => low.roleId);
  const roleId = roleIds[role % roleIds.length]!;
  const kind = role % 2 === 0 ? 'role' : 'member';
  const bodies: Readonly<Record<string, unknown>> = {
    order: { role_ids: lowest.slice(0, 1 + (role % 5)) },
    role: { role_id: roleId },
    soon: { until_unix: Math.floor(world.clock.now() / 1000) + 60 },
  };
  const params = {
    guildId: place.guildId,
    channelId: place.channels[channel],
    roleId,
    userId: personNo(target),
    targetKind: kind,
    targetId: kind === 'role' ? roleId : personNo(target),
    fixedRole: 'member',
  };
  const done = await ask(by, method, url, params, typeof body === 'string' ? bodies[body] : body);
  return { done: done !== null, roleId };
};

/** A guild whose owner gave everybody something. */
const found = async (
  gifts: readonly (readonly [readonly PermissionName[], number])[],
  entries: readonly unknown[],
): Promise<Place> => {
  const own = (method: string, url: string, params: object, body?: unknown) =>
    ask(OWNER, method, url, params, body) as Promise<Record<string, string> | null>;
  const made = await own('POST', '/guilds', {}, { name: 'Reef', visibility: 'public' });
  const guildId = made?.['guild_id'] as GuildId;
  const channels: ChannelId[] = [];
  for (const entry of entries) {
    const channel = await own('POST', `${GUILD}/channels`, { guildId }, { name: 'c' });
    channels.push(channel?.['channel_id'] as ChannelId);
    const everyone = [...(await guildOf({ guildId, channels })).roles.keys()][0];
    const target = { targetKind: 'role', targetId: everyone, guildId, channelId: channels.at(-1) };
    const url = `${GUILD}/channels/:channelId/permission-overrides/:targetKind/:targetId`;
    await own('POST', url, target, entry);
  }
  // So that a long order of low roles would reach those who stand not much higher.
  for (const name of ['spare', 'spare'])
    await own('POST', `${GUILD}/roles`, { guildId }, { name, permissions: [], position: 2 });
  for (const [index, [permissions, position]] of gifts.entries()) {
    // The last is nobody's yet: a prize that lies there low, to be reached for.
    const isPrize = index === gifts.length - 1;
    const managing: PermissionName[] = ['manage_member_roles', 'manage_workspace_roles'];
    const role = {
      name: `gift ${index}`,
      permissions: isPrize ? permissions.slice(0, 1) : [...permissions.slice(0, 4), ...managing],
      position: isPrize ? 2 : position,
    };
    const given = await own('POST', `${GUILD}/roles`, { guildId }, role);
    const userId = personNo(index + 2);
    await own('POST', MEMBER, { guildId, userId });
    const roleId = given?.['role_id'];
    if (!isPrize) await own('POST', `${ROLE}/members/:userId`, { guildId, userId, roleId });
    // What a channel allows or denies a role makes it more than it seems.
    const place = { guildId, channelId: channels[index % 2], targetKind: 'role', targetId: roleId };
    const url = `${GUILD}/channels/:channelId/permission-overrides/:targetKind/:targetId`;
    await own('POST', url, place, { allow: ['delete_message'], deny: ['publish_video'] });
  }
  return { guildId, channels };
};

// --- What must hold.

type Standing = {
  readonly role: string | null; // Null outside
  readonly highest: number;
  readonly inGuild: ReadonlySet<string>;
  readonly inChannels: readonly ReadonlySet<string>[];
};

const standings = async (place: Place): Promise<ReadonlyMap<number, Standing>> => {
  const guild = await guildOf(place);
  const all = new Map<number, Standing>();
  for (const person of PEOPLE) {
    const userId = personNo(person);
    const membership = await world.access.membership(place.guildId, userId);
    const asker = { userId, membership, isServerOwner: false, at: world.clock.now() };
    const [answer, ...inChannels] = [null, ...place.channels].map((channel) =>
      referenceResolve(guild, channel, asker),
    );
    const named = (given: typeof answer) =>
      new Set<string>(typeof given === 'object' ? given.permissions : []);
    const { role, highestPosition: highest } =
      typeof answer === 'object' ? answer : { role: null, highestPosition: 0 };
    all.set(person, { role, highest, inGuild: named(answer), inChannels: inChannels.map(named) });
  }
  return all;
};

const above = (actor: Standing, target: Standing): boolean => {
  const [mine, theirs] = [RANKS[actor.role ?? ''] ?? 0, RANKS[target.role ?? ''] ?? 0];
  return mine > theirs || (mine === 1 && theirs === 1 && actor.highest > target.highest);
};

const gained = (before: ReadonlySet<string>, after: ReadonlySet<string>): readonly string[] =>
  [...after].filter((name) => !before.has(name));

const expectNoLift = (
  { by, url, method, target }: Command,
  before: ReadonlyMap<number, Standing>,
  after: ReadonlyMap<number, Standing>,
) => {
  const actor = before.get(by)!;
  for (const person of PEOPLE) {
    // Whoever joins gets what is given to all who join, and an end of silence gives back what was there.
    if (url.endsWith('/join') && person === by) continue;
    if (method === 'DELETE' && url.endsWith('/timeout') && person === target) continue;
    const [was, is] = [before.get(person)!, after.get(person)!];
    const inGuild = gained(was.inGuild, is.inGuild).filter((name) => !actor.inGuild.has(name));
    expect({ person, inGuild }).toEqual({ person, inGuild: [] });
    is.inChannels.forEach((now, channel) => {
      const own = actor.inChannels[channel]!;
      const inChannel = gained(was.inChannels[channel]!, now).filter(
        (name) => !actor.inGuild.has(name) && !own.has(name),
      );
      expect({ person, channel, inChannel }).toEqual({ person, channel, inChannel: [] });
    });
    expect(was.role === 'owner').toBe(is.role === 'owner');
  }
};

const expectHierarchy = (
  { by, url, method, target }: Command,
  before: ReadonlyMap<number, Standing>,
  roleBefore: { readonly position: number; readonly isSystem: boolean } | undefined,
) => {
  const actor = before.get(by)!;
  // These are the owner's alone.
  expect(url.includes('/overrides/') || (method === 'PATCH' && url === MEMBER)).toBe(false);
  if (/:userId\/(?:kick|ban|timeout)$/.test(url)) {
    expect(actor.inGuild.has('ban_member')).toBe(true);
    expect(above(actor, before.get(target)!)).toBe(true);
  }
  if (url.startsWith(ROLE) || url.endsWith('/default')) {
    expect(roleBefore?.isSystem).toBe(false);
    expect(roleBefore!.position).toBeLessThan(actor.highest);
  }
};

const PLACING = ['roles', 'roles/reorder'].map((path) => `${GUILD}/${path}`);

describe('people who own nothing', () => {
  it('lift nobody, and act on nobody who stands as high as they do', async () => {
    let changes = 0;
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(permissions, position), { minLength: 4, maxLength: 4 }),
        fc.array(entry, { minLength: 2, maxLength: 2 }),
        fc.array(anyCommand, { minLength: 10, maxLength: 60, size: 'max' }),
        async (gifts, entries, commands) => {
          const place = await found(gifts, entries);
          let before = await standings(place);
          for (const command of commands) {
            const { roles } = await guildOf(place);
            const { done, roleId } = await perform(place, command);
            if (!done) continue;
            changes += 1;
            const after = await standings(place);
            const now = (await guildOf(place)).roles;
            expectNoLift(command, before, after);
            expectHierarchy(command, before, roles.get(roleId));
            const keys = [...now.values()].flatMap(({ systemKey }) => systemKey ?? []);
            expect(keys.sort()).toEqual(['everyone', 'member', 'moderator', 'workspace_owner']);
            if (PLACING.includes(command.url))
              for (const [id, { position: to }] of now)
                if (roles.get(id)?.position !== to)
                  expect(to).toBeLessThan(before.get(command.by)!.highest);
            before = after;
          }
        },
      ),
      { numRuns: RUNS, interruptAfterTimeLimit: 90_000 },
    );
    expect(changes).toBeGreaterThan(RUNS); // Or nothing was tried.
  }, 120_000);
});
