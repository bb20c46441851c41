// Random histories with a raid in them, against an oracle that knows nothing of undoing: a second world, in which every
// command of the innocent that had an effect is given again, and none of the raider's ever was.
import * as fc from 'fast-check';
import { isLeft } from 'fp-ts/lib/Either.js';
import { guildDecider, type GuildCommand } from '../guild/decider.ts';
import { type GuildEvent } from '../guild/events.ts';
import { type Guild } from '../guild/guild.ts';
import { membershipDecider, type MembershipCommand } from '../membership/decider.ts';
import { type MembershipEvent } from '../membership/events.ts';
import { OUTSIDER, type Membership } from '../membership/membership.ts';
import { messageDecider, type MessageCommand } from '../message/decider.ts';
import { type MessageEvent } from '../message/events.ts';
import { type Message } from '../message/message.ts';
import { type Decider } from '../shared/decider.ts';
import { OPERATOR_ID } from '../shared/operator.ts';
import { channelNo, guildNo, messageNo, noon, roleNo, userNo } from '../shared/testing/samples.ts';
import { type Timestamp } from '../shared/timestamp.ts';
import { type Act, type Plan } from './act.ts';
import { planGuild, type Undoing } from './plan-guild.ts';
import { planMember } from './plan-member.ts';
import { planMessage } from './plan-message.ts';

const RUNS = Number(process.env['FILAMENT_TEST_UNDO_RUNS'] ?? 300);
const guildId = guildNo(1);
const at = noon;
const undoing: Undoing = { guildId, by: OPERATOR_ID, at: (noon + 50) as Timestamp };
const NO_USES = { roles: new Set<never>(), channels: new Set<never>() };

type Step<Command> = { readonly byRaider: boolean; readonly command: Command };
type Rules<C, S, E> = Decider<C, S, E, { readonly type: string }>;

/** What happened with the raid, and what would stand without it. */
const bothWorlds = <C, S, E>(
  rules: Rules<C, S, E>,
  steps: readonly Step<C>[],
  isForGood: (command: C) => boolean = () => false,
) => {
  const acts: Act<E>[] = [];
  let state = rules.initialState;
  let without = rules.initialState;
  for (const { byRaider, command } of steps) {
    const decided = rules.decide(command, state);
    if (isLeft(decided) || decided.right.length === 0) continue;
    state = decided.right.reduce(rules.evolve, state);
    const whose = byRaider && !isForGood(command) ? 'undone' : 'others';
    acts.push(...decided.right.map((event) => ({ event, whose }) as const));
    if (whose === 'undone') continue;
    const innocent = rules.decide(command, without);
    if (!isLeft(innocent)) without = innocent.right.reduce(rules.evolve, without);
  }
  return { acts, without };
};

const afterwards = <E, S>(acts: readonly Act<E>[], { events }: Plan<E, S>): readonly Act<E>[] => [
  ...acts,
  ...events.map((event) => ({ event, whose: 'operator' }) as const),
];

const stepsOf = <C>(founding: readonly C[], innocent: fc.Arbitrary<C>, raid: fc.Arbitrary<C>) => {
  const theirs = innocent.map((command) => ({ byRaider: false, command }));
  const raiders = raid.map((command) => ({ byRaider: true, command }));
  return fc
    .tuple(
      fc.array(theirs, { maxLength: 6 }),
      fc.array(fc.oneof(raiders, raiders, theirs), { maxLength: 12 }),
      fc.array(theirs, { maxLength: 4 }),
    )
    .map((parts): readonly Step<C>[] => [
      ...founding.map((command) => ({ byRaider: false, command })),
      ...parts.flat(),
    ]);
};

const act = (by: number) => ({ guildId, by: userNo(by), at });
const permissions = fc.subarray(['create_message', 'ban_member', 'manage_roles'] as const);
const name = fc.constantFrom('Oak', 'Elm', 'Ash');
const pick = (numbers: readonly number[]) => fc.constantFrom(...numbers);

const FOUNDING: readonly GuildCommand[] = [
  {
    type: 'CreateGuild',
    data: {
      ...act(1),
      name: 'Reef',
      visibility: 'private',
      roleIds: {
        ...{ everyone: roleNo(51), member: roleNo(52) },
        ...{ moderator: roleNo(53), workspace_owner: roleNo(54) },
      },
    },
  },
  ...[1, 2, 3].map((n): GuildCommand => ({ type: 'CreateRole', data: newRole(n, 1) })),
  ...[1, 2].map((n): GuildCommand => ({ type: 'CreateChannel', data: newChannel(n, 1) })),
];
function newRole(n: number, by: number) {
  const looks = { name: `role ${n}`, colorHex: null, permissions: ['create_message'] as const };
  return { ...act(by), roleId: roleNo(n), position: n, ...looks };
}
function newChannel(n: number, by: number) {
  return {
    ...act(by),
    channelId: channelNo(n),
    name: 'room',
    kind: 'text',
    channelsMax: 99,
  } as const;
}

/** Of the guild; raiders may also touch what raiders made. */
const guildCommand = (by: number, roles: number[], channels: number[]) => {
  const role = pick(roles).map(roleNo);
  const target = fc.oneof(
    role.map((roleId) => ({ kind: 'role' as const, roleId })),
    pick([1, 2, 3]).map((n) => ({ kind: 'member' as const, userId: userNo(n) })),
  );
  const of = <Type extends GuildCommand['type']>(type: Type, data: fc.Arbitrary<object>) =>
    data.map((rest) => ({ type, data: { ...act(by), ...rest } }) as GuildCommand);
  const order = fc.shuffledSubarray(roles).map((all) => ({ roleIds: all.map(roleNo) }));
  return fc.oneof(
    of('UpdateGuild', fc.record({ name }, { requiredKeys: [] })),
    of('UpdateGuild', fc.record({ visibility: fc.constantFrom('public', 'private') })),
    // One field each: of a field that already is as wanted, the log does not know that somebody wanted it so.
    of('UpdateRole', fc.record({ roleId: role, name })),
    of('UpdateRole', fc.record({ roleId: role, permissions })),
    of('UpdateRole', fc.record({ roleId: role, colorHex: fc.constantFrom('#AABBCC', null) })),
    of('DeleteRole', fc.record({ roleId: role })),
    of('ReorderRoles', order),
    of('SetDefaultJoinRole', fc.record({ roleId: fc.option(role) })),
    of(
      'SetChannelOverride',
      fc
        .record({
          channelId: pick(channels).map(channelNo),
          target,
          bits: permissions,
          denies: fc.boolean(),
        })
        .map(({ bits, denies, ...rest }) => ({
          ...rest,
          allow: denies ? [] : bits,
          deny: denies ? bits : [],
        })),
    ),
  );
};
const raidOnGuild = fc.oneof(
  guildCommand(9, [1, 2, 3, 11], [1, 2, 11]),
  guildCommand(9, [1, 2, 3, 11], [1, 2, 11]),
  fc.constant<GuildCommand>({ type: 'CreateRole', data: newRole(11, 9) }),
  fc.constant<GuildCommand>({ type: 'CreateChannel', data: newChannel(11, 9) }),
);

const user = { guildId, userId: userNo(2), at };
const existing = new Map([1, 2, 3, 11].map((n) => [roleNo(n), n]));
const memberCommand = (by: number) => {
  const who = { ...user, by: userNo(by) };
  const own = { ...user, by: userNo(2) };
  const roleId = pick([1, 2, 3]).map(roleNo);
  const commands: readonly MembershipCommand[] = [
    { type: 'Join', data: { ...who, cause: 'added', roleId: null } },
    { type: 'Join', data: { ...own, cause: 'directory', roleId: null } },
    { type: 'Leave', data: own },
    { type: 'Kick', data: who },
    { type: 'Ban', data: { ...who, reason: 'spam' } },
    { type: 'Unban', data: who },
    { type: 'LiftTimeout', data: who },
  ];
  const until = fc.integer({ min: 1, max: 99 }).map((ms) => (noon + ms) as Timestamp);
  return fc.oneof(
    { weight: 4, arbitrary: fc.constantFrom(...commands) },
    roleId.map((id): MembershipCommand => ({
      type: 'AssignRole',
      data: { ...who, roleId: id, existing },
    })),
    roleId.map((id): MembershipCommand => ({ type: 'UnassignRole', data: { ...who, roleId: id } })),
    until.map((ends): MembershipCommand => ({ type: 'TimeOut', data: { ...who, until: ends } })),
  );
};
const isOwnComing = ({ type, data }: MembershipCommand): boolean =>
  type === 'Leave' || (type === 'Join' && data.by === data.userId);

const place = { messageId: messageNo(1), guildId, channelId: channelNo(1) };
type Posting = { readonly type: 'Post'; readonly by: number };
type Written = MessageCommand | Posting;
const messageRules: Rules<Written, Message | null, MessageEvent> = {
  ...messageDecider,
  decide: (command, state) => {
    if (command.type !== 'Post') return messageDecider.decide(command, state);
    const data = {
      ...place,
      authorId: userNo(command.by),
      content: 'first',
      attachmentIds: [],
      at,
    };
    return { _tag: 'Right', right: state === null ? [{ type: 'MessagePosted', data }] : [] };
  },
};
const messageCommand = (by: number): fc.Arbitrary<Written> => {
  const reaction = { ...place, userId: userNo(by), at };
  const emoji = fc.constantFrom('🪴', '👍');
  return fc.oneof(
    name.map((content): Written => ({
      type: 'EditMessage',
      data: { ...place, by: userNo(by), content, at },
    })),
    fc.constant<Written>({ type: 'DeleteMessage', data: { ...place, by: userNo(by), at } }),
    emoji.map((one): Written => ({
      type: 'AddReaction',
      data: { ...reaction, emoji: one, emojiMax: 9 },
    })),
    emoji.map((one): Written => ({ type: 'RemoveReaction', data: { ...reaction, emoji: one } })),
  );
};

const fold = <S, E>(evolve: (state: S, event: E) => S, initial: S, acts: readonly Act<E>[]): S =>
  acts.map(({ event }) => event).reduce(evolve, initial);

const standing = ({ timedOutUntil, ...rest }: Membership) => ({
  ...rest,
  silentUntil: timedOutUntil !== null && timedOutUntil > undoing.at ? timedOutUntil : null,
});
const shown = (message: Message | null) =>
  message?.deletedBy === null ? { content: message.content, reactions: message.reactions } : null;

const expectGuildAsWithout = (steps: readonly Step<GuildCommand>[]): void => {
  const rules: Rules<GuildCommand, Guild | null, GuildEvent> = guildDecider;
  const { acts, without } = bothWorlds(rules, steps);
  const plan = planGuild(acts, undoing, NO_USES)!;
  const then = afterwards(acts, plan);
  expect(fold(guildDecider.evolve, null, then)).toEqual(without);
  expect(plan.state).toEqual(without);
  expect(planGuild(then, undoing, NO_USES)!.events).toEqual([]);
};

describe('what stands after an undo', () => {
  it('of a guild’s structure is what the innocent made of it', () => {
    fc.assert(
      fc.property(
        stepsOf(FOUNDING, guildCommand(1, [1, 2, 3], [1, 2]), raidOnGuild),
        expectGuildAsWithout,
      ),
      { numRuns: RUNS },
    );
  });

  it('says of a role that was gone before the raid what the innocent said', () => {
    const set = (by: number, allow: readonly 'ban_member'[]): GuildCommand => ({
      type: 'SetChannelOverride',
      data: {
        ...{ ...act(by), channelId: channelNo(1) },
        ...{ target: { kind: 'role', roleId: roleNo(1) }, allow, deny: [] },
      },
    });
    const gone: GuildCommand = { type: 'DeleteRole', data: { ...act(1), roleId: roleNo(1) } };
    const innocent = [...FOUNDING, gone, set(1, ['ban_member'])];
    expectGuildAsWithout([
      ...innocent.map((command) => ({ byRaider: false, command })),
      { byRaider: true, command: set(9, []) },
    ]);
  });
  it('of a membership is what the innocent made of it', () => {
    const planned = (acts: readonly Act<MembershipEvent>[]) =>
      planMember(acts, { ...undoing, userId: userNo(2), existing, isAccountThere: true });
    fc.assert(
      fc.property(stepsOf([], memberCommand(1), memberCommand(9)), (steps) => {
        const rules: Rules<MembershipCommand, Membership, MembershipEvent> = membershipDecider;
        const { acts, without } = bothWorlds(rules, steps, isOwnComing);
        const plan = planned(acts);
        const then = afterwards(acts, plan);
        expect(planned(then).events).toEqual([]);
        // Whom the raider added and somebody else then dealt with stays: no other world has them.
        if (plan.refusals.some(({ why }) => why === 'used_since' || why === 'not_a_member')) return;
        expect(standing(fold(membershipDecider.evolve, OUTSIDER, then))).toEqual(standing(without));
      }),
      { numRuns: RUNS },
    );
  });

  it('of a message is what the innocent made of it', () => {
    const planned = (acts: readonly Act<MessageEvent>[]) =>
      planMessage(acts, { ...undoing, emojiMax: 9 });
    const byRaider = fc.boolean();
    fc.assert(
      fc.property(
        stepsOf<Written>([], messageCommand(1), messageCommand(9)),
        byRaider,
        (steps, isRaiders) => {
          const post: Written = { type: 'Post', by: isRaiders ? 9 : 1 };
          const all = [{ byRaider: isRaiders, command: post }, ...steps];
          const { acts, without } = bothWorlds(messageRules, all);
          const plan = planned(acts);
          const then = afterwards(acts, plan);
          expect(shown(fold(messageDecider.evolve, null, then))).toEqual(shown(without));
          expect(planned(then).events).toEqual([]);
        },
      ),
      { numRuns: RUNS },
    );
  });
});

it('leaves a guild exactly as it was where nobody else did anything meanwhile', () => {
  fc.assert(
    fc.property(fc.array(raidOnGuild, { maxLength: 20 }), (raid) => {
      const steps = [
        ...FOUNDING.map((command) => ({ byRaider: false, command })),
        ...raid.map((command) => ({ byRaider: true, command })),
      ];
      const rules: Rules<GuildCommand, Guild | null, GuildEvent> = guildDecider;
      const { acts } = bothWorlds(rules, steps);
      const before = bothWorlds(rules, steps.slice(0, FOUNDING.length)).without;
      expect(planGuild(acts, undoing, NO_USES)!.state).toEqual(before);
    }),
    { numRuns: RUNS },
  );
});
