import { type RoleId } from '../shared/ids.ts';
import { specFor } from '../shared/testing/spec-for.ts';
import { guildNo, noon, roleNo, userNo } from '../shared/testing/samples.ts';
import { type Timestamp } from '../shared/timestamp.ts';
import {
  membershipDecider,
  ROLES_PER_MEMBER_MAX,
  TIMEOUT_MS_MAX,
  type MembershipCommand,
} from './decider.ts';
import { type MembershipEvent } from './events.ts';
import { isTimedOutAt } from './membership.ts';

const { given } = specFor(membershipDecider);
const who = { guildId: guildNo(1), userId: userNo(2), by: userNo(1), at: noon };
const joined: MembershipEvent = { type: 'MemberJoined', data: { ...who, cause: 'directory' } };
const banned: MembershipEvent = { type: 'MemberBanned', data: who };
const assigned = (role: number): MembershipEvent => ({
  type: 'MemberRoleAssigned',
  data: { ...who, roleId: roleNo(role) },
});
const join = (role: number | null = null): MembershipCommand => ({
  type: 'Join',
  data: { ...who, cause: 'directory', roleId: role === null ? null : roleNo(role) },
});
const act = (type: 'Leave' | 'Kick' | 'Ban' | 'Unban'): MembershipCommand => ({ type, data: who });
const existing = new Map(Array.from({ length: 100 }, (_, number) => [roleNo(number), null]));
const roleAct = (
  type: 'AssignRole' | 'UnassignRole',
  role: number,
  there: ReadonlyMap<RoleId, unknown> = existing,
): MembershipCommand => {
  const data = { ...who, roleId: roleNo(role) };
  return type === 'AssignRole' ? { type, data: { ...data, existing: there } } : { type, data };
};

describe('membership', () => {
  it('begins by joining, with a role or without', () => {
    given().when(join()).thenEmits(joined);
    // A role that comes with joining says so: nobody assigned it.
    given()
      .when(join(1))
      .thenEmits(joined, {
        type: 'MemberRoleAssigned',
        data: { ...who, roleId: roleNo(1), onJoining: true },
      });
  });
  it('ignores joining twice', () => given(joined).when(join(1)).thenEmits());
  it('may begin again after leaving or being kicked', () => {
    given(joined, { type: 'MemberLeft', data: who }).when(join()).thenEmits(joined);
    given(joined, { type: 'MemberKicked', data: who }).when(join()).thenEmits(joined);
  });
  it('is refused to the banned until they are unbanned', () => {
    given(banned).when(join()).thenRejects({ type: 'Banned' });
    given(banned, { type: 'MemberUnbanned', data: who }).when(join()).thenEmits(joined);
  });
  it.each(['Leave', 'Kick'] as const)('must exist to end by %s', (type) => {
    given().when(act(type)).thenRejects({ type: 'NotAMember' });
    given(joined, banned).when(act(type)).thenRejects({ type: 'NotAMember' });
  });
  it('ends by leaving, kick and ban', () => {
    given(joined).when(act('Leave')).thenEmits({ type: 'MemberLeft', data: who });
    given(joined).when(act('Kick')).thenEmits({ type: 'MemberKicked', data: who });
    given(joined).when(act('Ban')).thenEmits(banned);
  });
  it('can be barred to outsiders, once', () => {
    given().when(act('Ban')).thenEmits(banned);
    given(banned).when(act('Ban')).thenEmits();
    given().when(act('Unban')).thenEmits();
  });
});

describe('roles of a member', () => {
  it('are assigned and taken once', () => {
    given(joined).when(roleAct('AssignRole', 1)).thenEmits(assigned(1));
    given(joined, assigned(1)).when(roleAct('AssignRole', 1)).thenEmits();
    given(joined, assigned(1))
      .when(roleAct('UnassignRole', 1))
      .thenEmits({ type: 'MemberRoleUnassigned', data: { ...who, roleId: roleNo(1) } });
    given(joined).when(roleAct('UnassignRole', 1)).thenEmits();
  });
  it('are for members only', () => {
    given().when(roleAct('AssignRole', 1)).thenRejects({ type: 'NotAMember' });
    given().when(roleAct('UnassignRole', 1)).thenEmits();
  });
  it('are bounded in number', () => {
    const full = Array.from({ length: ROLES_PER_MEMBER_MAX }, (_, role) => assigned(role));
    given(joined, ...full)
      .when(roleAct('AssignRole', 99))
      .thenRejects({ type: 'TooManyMemberRoles' });
    given(joined, ...full)
      .when(roleAct('AssignRole', 0))
      .thenEmits();
    // One of them is no role any more.
    const others = new Map([...existing].filter(([roleId]) => roleId !== roleNo(3)));
    given(joined, ...full)
      .when(roleAct('AssignRole', 99, others))
      .thenEmits(assigned(99));
    given(joined, ...full.slice(1))
      .when(roleAct('AssignRole', 0))
      .thenEmits(assigned(0));
  });
  it('are lost with membership, and do not come back with it', () => {
    given(joined, assigned(1), { type: 'MemberKicked', data: who }, joined)
      .when(roleAct('AssignRole', 1))
      .thenEmits(assigned(1));
    given(joined, assigned(1), banned).when(roleAct('UnassignRole', 1)).thenEmits();
  });
});

describe('a timeout', () => {
  const after = (...events: readonly MembershipEvent[]) =>
    events.reduce(membershipDecider.evolve, membershipDecider.initialState);
  const until = (noon + 1000) as Timestamp;
  const timedOut: MembershipEvent = { type: 'MemberTimedOut', data: { ...who, until } };

  it('stays with the person, whatever becomes of their membership, until it is lifted', () => {
    for (const type of ['MemberLeft', 'MemberKicked', 'MemberBanned', 'MemberUnbanned'] as const) {
      const gone = after(joined, timedOut, { type, data: who });
      expect(isTimedOutAt(gone, noon)).toBe(true);
      expect(isTimedOutAt(membershipDecider.evolve(gone, joined), noon)).toBe(true);
    }
    const lifted = after(joined, timedOut, { type: 'MemberTimeoutLifted', data: who });
    expect(lifted).toEqual(after(joined));
  });
  it('ends at its time', () => {
    expect(isTimedOutAt(after(joined, timedOut), (until - 1) as Timestamp)).toBe(true);
    expect(isTimedOutAt(after(joined, timedOut), until)).toBe(false);
  });
});

describe('a fixed role', () => {
  const data = (role: 'moderator' | 'member') => ({ ...who, role, roleId: roleNo(3) });
  const set = (role: 'moderator' | 'member'): MembershipCommand => ({
    type: 'SetFixedRole',
    data: { ...data(role), existing },
  });
  const wasSet = (role: 'moderator' | 'member'): MembershipEvent => ({
    type: 'MemberFixedRoleSet',
    data: data(role),
  });

  it('is the moderator role, given or taken', () => {
    given(joined).when(set('moderator')).thenEmits(wasSet('moderator'));
    given(joined, wasSet('moderator')).when(roleAct('AssignRole', 3)).thenEmits();
    given(joined, assigned(3)).when(set('member')).thenEmits(wasSet('member'));
    given(joined, assigned(3), wasSet('member')).when(roleAct('UnassignRole', 3)).thenEmits();
  });
  it('that is so already is left so', () => {
    given(joined).when(set('member')).thenEmits();
    given(joined, assigned(3)).when(set('moderator')).thenEmits();
  });
  it('is for members, and counts as a role', () => {
    given().when(set('moderator')).thenRejects({ type: 'NotAMember' });
    const full = Array.from({ length: ROLES_PER_MEMBER_MAX }, (_, role) => assigned(role + 10));
    given(joined, ...full)
      .when(set('moderator'))
      .thenRejects({ type: 'TooManyMemberRoles' });
  });
});

describe('commands on timeouts', () => {
  const timeOut = (until: number, reason?: string): MembershipCommand => ({
    type: 'TimeOut',
    data: { ...who, until: until as Timestamp, reason },
  });
  const timedOut = (until: number): MembershipEvent => ({
    type: 'MemberTimedOut',
    data: { ...who, until: until as Timestamp },
  });
  const lift: MembershipCommand = { type: 'LiftTimeout', data: who };

  it('set an end up to the limit, and another one', () => {
    const last = noon + TIMEOUT_MS_MAX;
    given(joined).when(timeOut(last)).thenEmits(timedOut(last));
    given(joined, timedOut(last))
      .when(timeOut(noon + 1))
      .thenEmits(timedOut(noon + 1));
    for (const until of [last + 1, noon, noon - 1])
      given(joined).when(timeOut(until)).thenRejects({ type: 'TimeoutOutOfBounds' });
  });
  it('keep the reason, if there is one', () =>
    given(joined)
      .when(timeOut(noon + 1, 'loud'))
      .thenEmits({
        type: 'MemberTimedOut',
        data: { ...who, until: (noon + 1) as Timestamp, reason: 'loud' },
      }));
  it('are for members', () =>
    given()
      .when(timeOut(noon + 1))
      .thenRejects({ type: 'NotAMember' }));
  it('that are so already are left so', () => {
    given(joined, timedOut(noon + 1))
      .when(timeOut(noon + 1))
      .thenEmits();
    given(joined).when(lift).thenEmits();
    given(joined, timedOut(noon)).when(lift).thenEmits();
  });
  it('lift what still holds, also for who has left', () => {
    const lifted: MembershipEvent = { type: 'MemberTimeoutLifted', data: who };
    given(joined, timedOut(noon + 1))
      .when(lift)
      .thenEmits(lifted);
    given(joined, timedOut(noon + 1), { type: 'MemberLeft', data: who })
      .when(lift)
      .thenEmits(lifted);
  });
});
