import { specFor } from '../shared/testing/spec-for.ts';
import { guildNo, noon, roleNo, userNo } from '../shared/testing/samples.ts';
import { type Timestamp } from '../shared/timestamp.ts';
import { membershipDecider, ROLES_PER_MEMBER_MAX, type MembershipCommand } from './decider.ts';
import { type MembershipEvent } from './events.ts';
import { OUTSIDER } from './membership.ts';

const { given } = specFor(membershipDecider);
const who = { guildId: guildNo(1), userId: userNo(2), by: userNo(1), at: noon };
const joinedAt = (noon - 5) as Timestamp;
const joined: MembershipEvent = {
  type: 'MemberJoined',
  data: { ...who, at: joinedAt, cause: 'directory' },
};
const kicked: MembershipEvent = { type: 'MemberKicked', data: who };
const banned: MembershipEvent = { type: 'MemberBanned', data: who };
const roles = (count: number) => Array.from({ length: count }, (_, n) => roleNo(n + 1));
const restore = (count: number): MembershipCommand => ({
  type: 'Restore',
  data: { ...who, joinedAt, roleIds: roles(count) },
});
const restored = (count: number): MembershipEvent => ({
  type: 'MemberRestored',
  data: { ...who, joinedAt, roleIds: roles(count) },
});

describe('a restored membership', () => {
  it('is the one that there was, since the same time and with the same roles', () => {
    given(joined, kicked).when(restore(2)).thenEmits(restored(2));
    expect([joined, kicked, restored(2)].reduce(membershipDecider.evolve, OUTSIDER)).toEqual({
      ...{ standing: 'member', roleIds: new Set(roles(2)), joinedAt, timedOutUntil: null },
    });
  });
  it('changes nothing when it stands', () => {
    given(joined).when(restore(0)).thenEmits();
    given(joined).when(restore(1)).thenEmits(restored(1));
  });
  it('lets nobody in past a ban', () =>
    given(joined, banned).when(restore(0)).thenRejects({ type: 'Banned' }));
  it('has no more roles than anybody', () => {
    given().when(restore(ROLES_PER_MEMBER_MAX)).thenEmits(restored(ROLES_PER_MEMBER_MAX));
    given()
      .when(restore(ROLES_PER_MEMBER_MAX + 1))
      .thenRejects({ type: 'TooManyMemberRoles' });
  });
  it('leaves a timeout as it is', () => {
    const until = (noon + 9) as Timestamp;
    const silenced: MembershipEvent = { type: 'MemberTimedOut', data: { ...who, until } };
    const state = [joined, silenced, kicked, restored(0)].reduce(
      membershipDecider.evolve,
      OUTSIDER,
    );
    expect(state.timedOutUntil).toBe(until);
  });
});

describe('a restored ban', () => {
  it('says who set it at first, and when', () => {
    const original = { by: userNo(3), at: joinedAt };
    given(joined)
      .when({ type: 'Ban', data: { ...who, original, reason: 'spam' } })
      .thenEmits({ type: 'MemberBanned', data: { ...who, original, reason: 'spam' } });
  });
});
