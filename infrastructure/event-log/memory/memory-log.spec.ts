import { type VaultWrite } from '../../../application/event-store/event-log.ts';
import { describeEventLog, store } from '../testing/event-log-contract.ts';
import { noon, sampleAppend } from '../testing/sample-appends.ts';
import { createMemoryLog } from './memory-log.ts';

const log = createMemoryLog();
describeEventLog(() => log);

it('hands vault writes over with the events, and not those of a lost race', async () => {
  const written: VaultWrite[] = [];
  const watched = createMemoryLog({ writeVault: (writes) => written.push(...writes) });
  const write: VaultWrite = { kind: 'session_revoked', sessionId: 's1' };
  await store(watched, sampleAppend('session-1', { vault: [write] }));
  await watched.append(sampleAppend('session-1', { expected: 'no_stream', vault: [write] }))();
  expect(written).toEqual([write]);
});

it('never lets time run backwards', async () => {
  const times = [noon, noon - 5_000, noon + 1];
  const steps = createMemoryLog({ now: () => times.shift() ?? noon });
  for (const n of [1, 2, 3]) await store(steps, sampleAppend(`a-${n}`));
  const seen = await steps.readAll(steps.start, 10);
  expect(seen.map(({ recordedAt }) => recordedAt)).toEqual([noon, noon, noon + 1]);
});
