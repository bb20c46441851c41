import fc from 'fast-check';
import { guildNo, userNo } from '../../domain/shared/testing/samples.ts';
import { NOTICE_BYTES_MAX } from './notice-board.ts';
import {
  noticesOfAll,
  noticesOfShifts,
  PEOPLE_PER_NOTICE_MAX,
  readNotice,
  type PeerNotice,
} from './peer-notices.ts';

const ME = '00000000-0000-4000-8000-000000000001';
const people = (count: number) =>
  Array.from({ length: count }, (_, n) => ({ guildId: guildNo(n), userId: userNo(n) }));

it.each([
  [0, ['whole']],
  [PEOPLE_PER_NOTICE_MAX, ['whole']],
  [PEOPLE_PER_NOTICE_MAX + 1, ['begins', 'ends']],
  [PEOPLE_PER_NOTICE_MAX * 3, ['begins', null, 'ends']],
])('tells of %d people in notices that fit', (count, parts) => {
  const notices = [...noticesOfAll(ME, people(count))];
  expect(notices.map(({ all }) => all)).toEqual(parts);
  expect(notices.flatMap(({ online }) => online)).toHaveLength(count);
  for (const notice of notices) {
    const text = JSON.stringify(notice);
    expect(Buffer.byteLength(text)).toBeLessThanOrEqual(NOTICE_BYTES_MAX);
    expect(readNotice(text)).toEqual(notice);
  }
});

it('tells of those who came and of those who went, each once, in notices that fit', () => {
  const shifts = people(PEOPLE_PER_NOTICE_MAX * 2 + 1).map((who, n) => ({
    ...who,
    isOnline: n % 3 === 0,
  }));
  const notices = [...noticesOfShifts(ME, shifts)];
  expect(notices).toHaveLength(3);
  const of = (isOnline: boolean) =>
    shifts.filter((shift) => shift.isOnline === isOnline).map((who) => [who.guildId, who.userId]);
  expect(notices.flatMap(({ online }) => online)).toEqual(of(true));
  expect(notices.flatMap(({ offline }) => offline)).toEqual(of(false));
  for (const notice of notices)
    expect(Buffer.byteLength(JSON.stringify(notice))).toBeLessThanOrEqual(NOTICE_BYTES_MAX);
  expect([...noticesOfShifts(ME, [])]).toEqual([]);
});

it.each([
  undefined,
  '',
  'null',
  '[]',
  '{"kind":"beat"}',
  '{"from":1,"kind":"beat"}',
  '{"from":"x","kind":"dance"}',
  '{"from":"x","kind":"presence","online":[["a","b"]],"offline":[],"all":null}',
  '{"from":"x","kind":"presence","online":[],"offline":[],"all":"middle"}',
  '{"from":"x","kind":"hello"}',
])('reads nothing from %s', (payload) => {
  expect(readNotice(payload)).toBeNull();
});

it('takes whatever text for nothing or for a notice, and keeps nothing that it does not know', () => {
  fc.assert(fc.property(fc.string(), (text) => readNotice(text) === null));
  const beat: PeerNotice = { from: ME, kind: 'beat' };
  expect(readNotice(JSON.stringify({ ...beat, more: 1 }))).toEqual(beat);
});
