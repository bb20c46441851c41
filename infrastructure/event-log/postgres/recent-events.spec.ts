import { type RecordedStoredEvent } from '../../../application/event-store/event-log.ts';
import { noon, sampleEvent } from '../testing/sample-appends.ts';
import { createRecentEvents } from './recent-events.ts';
import { numberOf, positionOf } from './stored-rows.ts';

const events = (from: number, to: number): readonly RecordedStoredEvent[] =>
  Array.from({ length: to - from + 1 }, (_, n) => ({
    ...sampleEvent(),
    position: positionOf(from + n),
    stream: 'a-1',
    revision: n,
    recordedAt: noon,
  }));

const after = (recent: ReturnType<typeof createRecentEvents>, position: number, limit = 100) =>
  recent.after(positionOf(position), limit).map((event) => numberOf(event.position));

it('gives what follows directly, and nothing when anything may lie between', () => {
  const recent = createRecentEvents();
  expect(after(recent, 0)).toEqual([]);
  recent.add(events(5, 7));
  recent.add(events(8, 9));
  expect(after(recent, 3)).toEqual([]);
  expect(after(recent, 4)).toEqual([5, 6, 7, 8, 9]);
  expect(after(recent, 6, 2)).toEqual([7, 8]);
  expect(after(recent, 9)).toEqual([]);
});

it('begins anew after events of another process', () => {
  const recent = createRecentEvents();
  recent.add(events(1, 3));
  recent.add(events(6, 7));
  expect(after(recent, 2)).toEqual([]);
  expect(after(recent, 5)).toEqual([6, 7]);
});

it('keeps a bounded number, the newest', () => {
  const recent = createRecentEvents();
  recent.add(events(1, 8_192));
  expect(after(recent, 0)).toHaveLength(100);
  recent.add(events(8_193, 8_193));
  expect(after(recent, 0)).toEqual([]);
  expect(after(recent, 8_192)).toEqual([8_193]);
});

it('refuses a position of another adapter', () => {
  expect(() => createRecentEvents().after('7'.repeat(40) as never, 1)).toThrow('PostgreSQL');
});
