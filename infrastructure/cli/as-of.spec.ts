// The answer as of each moment of random histories against an oracle that shares nothing with the code it checks: plain
// tables, changed step by step, and base contract 5.3 read in sets of names, one sentence after the other.
import { randomUUID } from 'node:crypto';
import * as fc from 'fast-check';
import type * as t from 'io-ts';
import { createAskAsOf, type AsOf } from '../../application/audit/as-of.ts';
import { type DomainEvent } from '../../application/event-store/event-catalogue.ts';
import { type Position } from '../../application/event-store/event-log.ts';
import { type Ground } from '../../domain/permission/explain.ts';
import { PERMISSION_NAMES, type PermissionName } from '../../domain/permission/permissions.ts';
import { channelNo, guildNo, noon, roleNo, userNo } from '../../domain/shared/testing/samples.ts';
import { type Timestamp } from '../../domain/shared/timestamp.ts';
import { createMemoryLog } from '../event-log/memory/memory-log.ts';
import { createEventStore } from '../event-store/event-store.ts';
import { createDataKeys } from '../vault/data-keys.ts';
import { createMemorySalts } from '../vault/testing/memory-salts.ts';

const RUNS = 100;
const ROUNDS_MAX = 5;
const REASONS = [
  'EveryoneOverride allow',
  'EveryoneOverride deny',
  'MemberOverride allow',
  'MemberOverride deny',
  'NoRole',
  'RoleOverride allow',
  'RoleOverride deny',
  'Roles',
  'ServerOwner',
  'Timeout',
  'WorkspaceOwner',
];
const SERVER_OWNER = 5;
const PEOPLE = [1, 2, 3, 4, SERVER_OWNER]; // 1 made the guild; 4 and 5 never join
const CHANNELS = [1, 2];
const [EVERYONE, MEMBER, MODERATOR, OWNER] = [1, 2, 3, 4];
const guildId = guildNo(1);

type Names = readonly PermissionName[];
type Says = { readonly allow: Names; readonly deny: Names };
type Person = { standing: string; roles: number[]; until: number };

const newTables = () => ({
  roles: new Map<number, Names>(),
  channels: [] as number[],
  overrides: new Map<string, Says>(), // `channel role n` or `channel member n`
  people: new Map<number, Person>(),
  joinRole: null as number | null,
});
type Tables = ReturnType<typeof newTables>;

const personOf = (tables: Tables, person: number): Person =>
  tables.people.get(person) ?? { standing: 'outside', roles: [], until: 0 };

/** Per permission `name held ground`, or one word for why there is nothing. */
const oracle = (
  tables: Tables,
  person: number,
  channel: number,
  now: number,
): readonly string[] => {
  const { standing, roles: assigned, until } = personOf(tables, person);
  const isServerOwner = person === SERVER_OWNER;
  if (!isServerOwner && standing !== 'member') return ['NotAMember'];
  if (!tables.channels.includes(channel)) return ['NoSuchChannel'];
  const held = [EVERYONE, MEMBER, ...assigned].filter((role) => tables.roles.has(role));
  const saysOf = (target: string): Says =>
    tables.overrides.get(`${channel} ${target}`) ?? { allow: [], deny: [] };
  return PERMISSION_NAMES.map((name) => {
    if (isServerOwner) return `${name} yes ServerOwner`;
    if (held.includes(OWNER)) return `${name} yes WorkspaceOwner ${OWNER}`;
    if (until > now && name !== 'create_message') return `${name} no Timeout ${until}`;
    const layers = [
      ['MemberOverride', [`member ${person}`]],
      ['RoleOverride', held.filter((role) => role !== EVERYONE).map((role) => `role ${role}`)],
      ['EveryoneOverride', [`role ${EVERYONE}`]],
    ] as const;
    for (const [layer, targets] of layers)
      for (const effect of ['deny', 'allow'] as const) {
        const saying = targets.filter((target) => saysOf(target)[effect].includes(name));
        if (saying.length === 0) continue;
        const who = layer === 'MemberOverride' ? '' : ` ${numbersOf(saying)}`;
        return `${name} ${effect === 'allow' ? 'yes' : 'no'} ${layer} ${effect}${who}`;
      }
    const giving = held.filter((role) => tables.roles.get(role)?.includes(name));
    return giving.length > 0 ? `${name} yes Roles ${giving.sort().join(',')}` : `${name} no NoRole`;
  });
};

const numbersOf = (targets: readonly string[]): string =>
  targets
    .map((target) => Number(target.split(' ')[1]))
    .sort()
    .join(',');

const groundText = (ground: Ground): string => {
  const roles =
    'roleIds' in ground
      ? ` ${ground.roleIds
          .map((id) => Number(id.slice(-5)))
          .sort()
          .join(',')}`
      : '';
  if (ground.type === 'Timeout') return `Timeout ${ground.until}`;
  return 'effect' in ground ? `${ground.type} ${ground.effect}${roles}` : `${ground.type}${roles}`;
};
const answered = (asOf: AsOf | null, person: number): readonly string[] | null => {
  const found = asOf?.people.find(({ userId }) => userId === userNo(person));
  if (found === undefined) return null;
  return 'type' in found.answer
    ? [found.answer.type]
    : found.answer.permissions.map(
        ({ permission, isHeld, ground }) =>
          `${permission} ${isHeld ? 'yes' : 'no'} ${groundText(ground)}`,
      );
};

const names = fc.subarray([...PERMISSION_NAMES]);
const custom = fc.integer({ min: 5, max: 7 });
const anyRole = fc.integer({ min: 1, max: 7 });
const givable = fc.constantFrom(MODERATOR, OWNER, 5, 6, 7);
const person = fc.integer({ min: 1, max: 3 });
const channel = fc.constantFrom(...CHANNELS);
const join = fc.record({ do: fc.constant('join' as const), person });
const override = fc.record({
  do: fc.constant('override' as const),
  channel,
  target: fc.oneof(fc.record({ role: anyRole }), fc.record({ person })),
  says: fc.record({ allow: names, deny: names }),
});
const step = fc.oneof(
  join,
  override,
  override,
  override,
  fc.record({ do: fc.constant('role' as const), role: custom, names }),
  fc.record({ do: fc.constant('edit' as const), role: anyRole, names }),
  fc.record({ do: fc.constant('delete' as const), role: custom }),
  fc.record({ do: fc.constant('default' as const), role: fc.option(custom) }),
  fc.record({ do: fc.constant('channel' as const), channel }),
  join,
  fc.record({
    do: fc.constantFrom('MemberLeft', 'MemberKicked', 'MemberBanned', 'MemberUnbanned'),
    person,
  }),
  fc.record({ do: fc.constantFrom('give' as const, 'take' as const), person, role: givable }),
  fc.record({ do: fc.constant('moderator' as const), person, on: fc.boolean() }),
  fc.record({ do: fc.constant('timeout' as const), person, secs: fc.integer({ min: 1, max: 9 }) }),
  fc.record({ do: fc.constant('lift' as const), person }),
);
type Step = typeof step extends fc.Arbitrary<infer S> ? S : never;

type Written = readonly (readonly [stream: string, event: DomainEvent])[];

const roleEvent = (role: number, permissions: Names, at: Timestamp): DomainEvent => ({
  type: 'RoleCreated',
  data: {
    guildId,
    roleId: roleNo(role),
    name: null,
    position: role as t.Int,
    permissions,
    systemKey:
      ([null, 'everyone', 'member', 'moderator', 'workspace_owner'] as const)[role] ?? null,
    isSystem: role === EVERYONE || role === OWNER,
    colorHex: null,
    by: userNo(1),
    at,
  },
});

/** Does a step to the tables, and says what a server would have written; nothing where it would have refused. */
const perform = (tables: Tables, given: Step, at: Timestamp): Written => {
  const by = userNo(1);
  const guild = `guild-${guildId}`;
  const member = (number: number) => ({
    stream: `member-${guildId}:${userNo(number)}`,
    who: { guildId, userId: userNo(number), by, at },
    state: personOf(tables, number),
    set: (state: Person) => tables.people.set(number, state),
  });
  switch (given.do) {
    case 'role':
      if (tables.roles.has(given.role)) return [];
      tables.roles.set(given.role, given.names);
      return [[guild, roleEvent(given.role, given.names, at)]];
    case 'edit':
      if (!tables.roles.has(given.role)) return [];
      tables.roles.set(given.role, given.names);
      return [
        [
          guild,
          {
            type: 'RoleUpdated',
            data: { guildId, roleId: roleNo(given.role), permissions: given.names, by, at },
          },
        ],
      ];
    case 'delete': {
      if (!tables.roles.delete(given.role)) return [];
      if (tables.joinRole === given.role) tables.joinRole = null;
      for (const key of [...tables.overrides.keys()])
        if (key.endsWith(` role ${given.role}`)) tables.overrides.delete(key);
      return [
        [guild, { type: 'RoleDeleted', data: { guildId, roleId: roleNo(given.role), by, at } }],
      ];
    }
    case 'default': {
      if (given.role !== null && !tables.roles.has(given.role)) return [];
      tables.joinRole = given.role;
      const roleId = given.role === null ? null : roleNo(given.role);
      return [[guild, { type: 'DefaultJoinRoleSet', data: { guildId, roleId, by, at } }]];
    }
    case 'channel':
      if (tables.channels.includes(given.channel)) return [];
      tables.channels.push(given.channel);
      return [
        [
          guild,
          {
            type: 'ChannelCreated',
            data: {
              guildId,
              channelId: channelNo(given.channel),
              name: null,
              kind: 'text',
              by,
              at,
            },
          },
        ],
      ];
    case 'override': {
      const { target } = given;
      const deny = given.says.deny;
      const allow = given.says.allow.filter((name) => !deny.includes(name));
      if (!tables.channels.includes(given.channel)) return [];
      if ('role' in target && !tables.roles.has(target.role)) return [];
      const key = 'role' in target ? `role ${target.role}` : `member ${target.person}`;
      tables.overrides.set(`${given.channel} ${key}`, { allow, deny });
      return [
        [
          guild,
          {
            type: 'ChannelOverrideSet',
            data: {
              guildId,
              channelId: channelNo(given.channel),
              target:
                'role' in target
                  ? { kind: 'role', roleId: roleNo(target.role) }
                  : { kind: 'member', userId: userNo(target.person) },
              allow,
              deny,
              by,
              at,
            },
          },
        ],
      ];
    }
    case 'join': {
      const { stream, who, state, set } = member(given.person);
      if (state.standing !== 'outside') return [];
      const joined = [stream, { type: 'MemberJoined', data: { ...who, cause: 'added' } }] as const;
      const role = tables.joinRole;
      set({ ...state, standing: 'member', roles: role === null ? [] : [role] });
      if (role === null) return [joined];
      const assigned = { ...who, roleId: roleNo(role), onJoining: true } as const;
      return [joined, [stream, { type: 'MemberRoleAssigned', data: assigned }]];
    }
    case 'MemberLeft':
    case 'MemberKicked':
    case 'MemberBanned':
    case 'MemberUnbanned': {
      const { stream, who, state, set } = member(given.person);
      const from = { MemberLeft: ['member'], MemberKicked: ['member'], MemberUnbanned: ['banned'] };
      const allowed: Readonly<Record<string, readonly string[]>> = {
        ...from,
        MemberBanned: ['member', 'outside'],
      };
      if (allowed[given.do]?.includes(state.standing) !== true) return [];
      const standing = given.do === 'MemberBanned' ? 'banned' : 'outside';
      set({ ...state, standing, roles: [] });
      return [[stream, { type: given.do, data: who }]];
    }
    case 'give':
    case 'take': {
      const { stream, who, state, set } = member(given.person);
      const has = state.roles.includes(given.role);
      const gives = given.do === 'give';
      if (state.standing !== 'member' || !tables.roles.has(given.role) || has === gives) return [];
      const others = state.roles.filter((role) => role !== given.role);
      set({ ...state, roles: gives ? [...others, given.role] : others });
      const type = gives ? 'MemberRoleAssigned' : 'MemberRoleUnassigned';
      return [[stream, { type, data: { ...who, roleId: roleNo(given.role) } }]];
    }
    case 'moderator': {
      const { stream, who, state, set } = member(given.person);
      if (state.standing !== 'member') return [];
      const others = state.roles.filter((role) => role !== MODERATOR);
      set({ ...state, roles: given.on ? [...others, MODERATOR] : others });
      const role = given.on ? 'moderator' : 'member';
      const data = { ...who, role, roleId: roleNo(MODERATOR) } as const;
      return [[stream, { type: 'MemberFixedRoleSet', data }]];
    }
    case 'timeout': {
      const { stream, who, state, set } = member(given.person);
      const until = (at + given.secs * 1000) as Timestamp;
      set({ ...state, until });
      return [[stream, { type: 'MemberTimedOut', data: { ...who, until } }]];
    }
    case 'lift': {
      const { stream, who, state, set } = member(given.person);
      set({ ...state, until: 0 });
      return [[stream, { type: 'MemberTimeoutLifted', data: who }]];
    }
  }
};

type Snapshot = {
  readonly position: Position;
  readonly at: Timestamp;
  readonly answers: readonly (readonly [person: number, channel: number, readonly string[]])[];
  readonly members: readonly number[];
};

const write = async (steps: readonly Step[]) => {
  const time = { now: noon as number };
  const salts = createMemorySalts();
  const eventLog = createMemoryLog({ now: () => time.now, writeVault: salts.apply });
  const store = createEventStore({
    log: eventLog,
    dataKeys: createDataKeys({ masterKey: Buffer.alloc(32, 1), salts }),
    newUuid: randomUUID,
  });
  const tables = newTables();
  const snapshots: Snapshot[] = [];
  const record = async (written: Written) => {
    for (const [stream, event] of written)
      await store.append({
        stream,
        expected: 'any',
        events: [event],
        context: { actor: 'system', correlationId: randomUUID() },
      })();
    if (written.length === 0) return;
    const at = time.now as Timestamp;
    snapshots.push({
      position: await eventLog.head(),
      at,
      answers: PEOPLE.flatMap((number) =>
        CHANNELS.map((where) => [number, where, oracle(tables, number, where, at)] as const),
      ),
      members: PEOPLE.filter(
        (number) => number === SERVER_OWNER || personOf(tables, number).standing === 'member',
      ),
    });
  };
  const seeded = [[], ['create_message'], ['subscribe_streams'], ['ban_member'], PERMISSION_NAMES];
  const creation = {
    guildId,
    name: null,
    visibility: 'private',
    creatorId: userNo(1),
    at: noon,
  } as const;
  await record([[`guild-${guildId}`, { type: 'GuildCreated', data: creation }]]);
  for (const role of [EVERYONE, MEMBER, MODERATOR, OWNER]) {
    const permissions = (seeded[role] ?? []) as Names;
    tables.roles.set(role, permissions);
    await record([[`guild-${guildId}`, roleEvent(role, permissions, noon)]]);
    time.now += 1000;
  }
  for (const given of [{ do: 'channel', channel: 1 } as const, ...steps]) {
    await record(perform(tables, given, time.now as Timestamp));
    time.now += 1000;
  }
  return {
    ask: createAskAsOf({ store, eventLog, serverOwnerId: userNo(SERVER_OWNER) }),
    snapshots,
  };
};

describe('who could do what, as of an earlier moment', () => {
  it('is what an oracle said at that moment, for every history, by position and by time', async () => {
    const kinds = new Set<string>();
    const property = fc.asyncProperty(
      fc.array(step, { minLength: 10, maxLength: 40 }),
      async (steps) => {
        const { ask, snapshots } = await write(steps);
        for (const { position, at, answers, members } of snapshots) {
          for (const moment of [
            { upTo: position, at },
            { upTo: null, at },
          ]) {
            for (const where of CHANNELS) {
              const all = await ask({
                guildId,
                channelId: channelNo(where),
                userId: null,
                moment,
              });
              expect(all?.people.map(({ userId }) => userId)).toEqual(members.map(userNo));
              const expected = answers.filter(
                ([number, of]) => of === where && members.includes(number),
              );
              expect(expected.map(([number]) => answered(all, number))).toEqual(
                expected.map(([, , answer]) => answer),
              );
            }
          }
          for (const [number, where, answer] of answers) {
            for (const line of answer)
              kinds.add(
                /(?:\w+Override \w+|\w+Owner|Timeout|Roles|NoRole)/.exec(line)?.[0] ?? 'none',
              );
            if (members.includes(number)) continue; // Asked about above.
            const one = await ask({
              guildId,
              channelId: channelNo(where),
              userId: userNo(number),
              moment: { upTo: position, at },
            });
            expect(answered(one, number)).toEqual(answer);
          }
        }
      },
    );
    // Until the histories were worth asking about: every kind of reason came up.
    for (let round = 0; round < ROUNDS_MAX && kinds.size < REASONS.length; round += 1) {
      await fc.assert(property, { numRuns: RUNS });
      kinds.delete('none'); // Outsiders, and channels that were not there.
    }
    expect([...kinds].sort()).toEqual(REASONS);
  });

  it('knows no guild before it was made', async () => {
    const { ask } = await write([]);
    const asked = { guildId, channelId: channelNo(1), userId: null };
    expect(await ask({ ...asked, moment: { upTo: null, at: (noon - 1) as Timestamp } })).toBeNull();
    expect(
      await ask({ ...asked, guildId: guildNo(9), moment: { upTo: null, at: noon } }),
    ).toBeNull();
  });
});
