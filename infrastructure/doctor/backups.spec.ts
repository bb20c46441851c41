// The look at backups reads no more of the operators' acts than it needs.
import {
  type EventLog,
  type RecordedStoredEvent,
} from '../../application/event-store/event-log.ts';
import { lookAtBackups } from './log.ts';

const NOW = 1_800_000_000_000;
const DAY_MS = 86_400_000;

const act = (revision: number, type: string, payload: unknown): RecordedStoredEvent => ({
  ...{ eventId: `e${revision}`, type, version: 1, scope: null, actor: 'operator' },
  ...{ correlationId: '', causationId: null, payload: JSON.stringify(payload) },
  ...{ position: String(revision).padStart(20, '0') as RecordedStoredEvent['position'] },
  ...{ stream: 'log', revision, recordedAt: NOW },
});

const logOf = (acts: readonly RecordedStoredEvent[]) => {
  const limits: number[] = [];
  const readStream: EventLog['readStream'] = (_, { from = Infinity, limit = Infinity } = {}) => {
    limits.push(limit);
    const page = acts.filter(({ revision }) => revision <= from).toReversed();
    return Promise.resolve(page.slice(0, limit));
  };
  return { log: { readStream }, limits };
};
const seals = (count: number, from = 0) =>
  Array.from({ length: count }, (_, i) => act(from + i, 'LogSealed', {}));
const made = (revision: number, ageDays: number) =>
  act(revision, 'BackupCreated', { backup: `b${revision}`, at: NOW - ageDays * DAY_MS });

it.each([
  ['none was ever made', seals(250), 'warning', 3],
  ['b0, 1 days old', [made(0, 1), ...seals(250, 1)], 'ok', 3],
  ['b101, 8 days old', [made(0, 1), ...seals(100, 1), made(101, 8)], 'warning', 1],
  ['can’t be read', [act(0, 'BackupCreated', { at: 'then' })], 'warning', 1],
  ['none was ever made', [], 'warning', 1],
])('finds %j, in pages', async (found, acts, outcome, pages) => {
  const { log, limits } = logOf(acts);
  expect(await lookAtBackups(log, NOW)).toMatchObject({
    outcome,
    found: expect.stringContaining(found) as string,
  });
  expect(limits).toEqual(Array.from({ length: pages }, () => 100));
});
