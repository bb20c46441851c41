import { guildNo, ipBanNo, noon, userNo } from '../shared/testing/samples.ts';
import { specFor } from '../shared/testing/spec-for.ts';
import { type Timestamp } from '../shared/timestamp.ts';
import { ipBanDecider, type IpBanCommand } from './decider.ts';
import { type IpBanEvent } from './events.ts';

const { given } = specFor(ipBanDecider);

const after = (secs: number) => (noon + secs * 1000) as Timestamp;
const who = { guildId: guildNo(1), by: userNo(1) };

const fields = (numbers: readonly number[], expiresAt: Timestamp | null, at: Timestamp) => ({
  ...who,
  banIds: numbers.map(ipBanNo),
  sourceUserId: userNo(2),
  reason: 'spam',
  expiresAt,
  at,
});
const added = (
  numbers: readonly number[],
  expiresAt: Timestamp | null = null,
  at = noon,
): IpBanEvent => ({ type: 'IpBansAdded', data: fields(numbers, expiresAt, at) });
const lifted = (number: number, at = noon): IpBanEvent => ({
  type: 'IpBanLifted',
  data: { ...who, banId: ipBanNo(number), at },
});
const add = (numbers: readonly number[], entriesMax: number, at = noon): IpBanCommand => ({
  type: 'AddIpBans',
  data: { ...fields(numbers, null, at), entriesMax },
});
const lift = (number: number, at = noon): IpBanCommand => ({
  type: 'LiftIpBan',
  data: { ...who, banId: ipBanNo(number), at },
});

describe('bans of addresses', () => {
  it('are added together', () =>
    given()
      .when(add([1, 2], 2))
      .thenEmits(added([1, 2])));
  it('are none when no address is known', () => given().when(add([], 1)).thenEmits());
  it('fill a guild up to its cap', () =>
    given(added([1, 2]))
      .when(add([3], 3))
      .thenEmits(added([3])));
  it('are all refused when one is too many', () =>
    given(added([1, 2]))
      .when(add([3, 4], 3))
      .thenRejects({ type: 'TooManyIpBans' }));
  it('take room until they end, and none from that moment', () => {
    const past = added([1, 2], after(10));
    given(past)
      .when(add([3], 2, after(9.999)))
      .thenRejects({ type: 'TooManyIpBans' });
    given(past)
      .when(add([3], 2, after(10)))
      .thenEmits(added([3], null, after(10)));
  });
  it('give their room back when lifted', () =>
    given(added([1, 2]), lifted(1))
      .when(add([3], 2))
      .thenEmits(added([3])));
});

describe('lifting a ban', () => {
  it('ends it', () =>
    given(added([1, 2]))
      .when(lift(2))
      .thenEmits(lifted(2)));
  it('is refused for one that is not there', () =>
    given(added([1]))
      .when(lift(2))
      .thenRejects({ type: 'NoSuchIpBan' }));
  it('is refused the second time', () =>
    given(added([1]), lifted(1))
      .when(lift(1))
      .thenRejects({ type: 'NoSuchIpBan' }));
  it('is refused for one that has ended', () =>
    given(added([1], after(10)))
      .when(lift(1, after(10)))
      .thenRejects({ type: 'NoSuchIpBan' }));
});

it('forgets bans that ended when the next ones come', () => {
  const past = [added([1], after(10)), added([2], null, after(20)), lifted(2, after(30))];
  expect(past.reduce(ipBanDecider.evolve, ipBanDecider.initialState)).toEqual(new Map());
});
