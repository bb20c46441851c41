import { setTimeout as delay } from 'node:timers/promises';
import { left } from 'fp-ts/lib/Either.js';
import { type EventLog } from '../../application/event-store/event-log.ts';
import { createKurrentLog } from '../event-log/kurrentdb/kurrent-log.ts';
import { createMemoryLog } from '../event-log/memory/memory-log.ts';
import { createFakeKurrent } from '../event-log/testing/fake-kurrent.ts';
import { createMemoryReservations } from '../event-log/testing/memory-reservations.ts';
import { sampleAppend } from '../event-log/testing/sample-appends.ts';
import { startNotary } from './notary.ts';
import { sealOf, type Seal } from './seal-format.ts';
import {
  caughtUp,
  everything,
  fill,
  freshKeys,
  INSTALLATION,
  portsOf,
  removeKeyFolders,
  sealAll,
  until,
  verify,
} from './testing/sealed-log.ts';

jest.setTimeout(30_000);
afterAll(removeKeyFolders);

const sealsIn = async (log: EventLog): Promise<readonly Seal[]> =>
  (await everything(log)).flatMap((event) => sealOf(event) ?? []);

const openKurrent = (faults: number): EventLog =>
  createKurrentLog({
    client: createFakeKurrent({ faults }),
    writeVault: () => Promise.resolve(),
    reservations: createMemoryReservations(),
    appendsMax: 1_000,
  });

describe.each([
  ['in memory', createMemoryLog],
  ['on KurrentDB', () => openKurrent(0)],
  ['on KurrentDB with faults', () => openKurrent(0.1)],
])('a log %s', (_, open) => {
  it('is sealed whole, range after range, and verifies', async () => {
    const log = open();
    const keys = freshKeys();
    await fill(log, 23);
    await sealAll(log, keys, 10);
    const seals = await sealsIn(log);
    expect(seals.map(({ events }) => events).slice(0, 2)).toEqual([10, 10]);
    const [key] = await keys.read();
    const verdict = verify(await everything(log), {
      keys: [key!.publicKey],
      installation: INSTALLATION,
    });
    expect(verdict).toMatchObject({
      finding: null,
      seals: seals.length,
      events: 23 + seals.length,
    });
    expect(verdict.lastSeal).toMatchObject({ key: key!.publicKey, installation: INSTALLATION });
  });
});

it('seals nothing while another process does, and all once that is its duty', async () => {
  const log = createMemoryLog();
  let isOnDuty = false;
  const onDuty = () => isOnDuty;
  const notary = startNotary(portsOf(log, freshKeys(), { sealEventsMax: 10, onDuty }));
  await fill(log, 25);
  await caughtUp(notary, log);
  expect(await sealsIn(log)).toEqual([]);
  isOnDuty = true;
  await fill(log, 1);
  await until('there is a seal', async () => (await sealsIn(log)).length === 1);
  expect(await sealsIn(log)).toMatchObject([{ events: 26 }]);
  await caughtUp(notary, log);
  isOnDuty = false;
  await fill(log, 3);
  await notary.stop();
  expect(await sealsIn(log)).toHaveLength(1);
});

it('seals at its number of events and not one before', async () => {
  const log = createMemoryLog();
  const notary = startNotary(portsOf(log, freshKeys(), { sealEventsMax: 10 }));
  await fill(log, 9);
  await caughtUp(notary, log);
  expect(await sealsIn(log)).toEqual([]);
  expect(notary.state()).toMatchObject({ unsealed: 9, sealedAt: null });
  await fill(log, 1);
  await until('there is a seal', async () => (await sealsIn(log)).length === 1);
  await caughtUp(notary, log);
  expect(notary.state()).toMatchObject({
    sealedTo: '00000000000000000010',
    unsealed: 1,
    unsealedSecs: 0,
  });
  await notary.stop();
  expect(await sealsIn(log)).toHaveLength(1);
});

it('seals what is old enough, however little, and an idle log no more', async () => {
  const log = createMemoryLog();
  const notary = startNotary(portsOf(log, freshKeys(), { sealSecs: 0.01 }));
  await fill(log, 3);
  await until('there is a seal', async () => (await sealsIn(log)).length > 0);
  await caughtUp(notary, log);
  const made = (await sealsIn(log)).length;
  await delay(1_200); // Two more looks at the clock.
  expect(await sealsIn(log)).toHaveLength(made);
  await notary.stop();
  expect(verify(await everything(log)).finding).toBeNull();
});

it('seals what is left when it stops, and goes on from there when it starts', async () => {
  const log = createMemoryLog();
  const keys = freshKeys();
  for (const more of [3, 0, 4]) {
    await fill(log, more);
    await sealAll(log, keys, 100);
  }
  expect((await sealsIn(log)).map(({ events }) => events)).toEqual([3, 5]);
  expect(verify(await everything(log))).toMatchObject({ finding: null, unsealed: { events: 1 } });
});

it('makes one chain with others, of other processes', async () => {
  const log = createMemoryLog();
  const keys = freshKeys();
  const start = () => startNotary(portsOf(log, keys, { sealEventsMax: 7, sealSecs: 0.01 }));
  const notaries = [start(), start(), start()];
  for (let n = 0; n < 40; n += 1) {
    await fill(log, 5);
    if (n % 10 === 0) await delay(2);
  }
  for (const notary of notaries) await caughtUp(notary, log);
  await Promise.all(notaries.map(({ stop }) => stop()));
  const verdict = verify(await everything(log));
  expect(verdict.finding).toBeNull();
  expect(verdict.seals).toBeGreaterThan(20);
});

it('waits out other acts in its stream and answers that got lost', async () => {
  const memory = createMemoryLog();
  let [conflicts, lost] = [0, 0];
  const log: EventLog = {
    ...memory,
    append: (append) => async () => {
      if (append.stream === 'log' && append.events[0]?.type === 'LogSealed') {
        if (conflicts++ === 0) await memory.append(sampleAppend('log'))();
        else if (lost++ === 0) {
          await memory.append(append)();
          return left({ type: 'LogUnavailable', reason: 'away' });
        }
      }
      return memory.append(append)();
    },
  };
  const notary = startNotary(portsOf(log, freshKeys(), { sealEventsMax: 5 }));
  await fill(memory, 5);
  await until('the seal is known to be there', () => notary.state().sealedAt !== null);
  await notary.stop();
  expect(lost).toBeGreaterThan(0);
  const [first, ...others] = await sealsIn(memory);
  expect(first).toMatchObject({ events: 5 });
  expect(others.length).toBeLessThan(2); // Never a second one over the same events
  expect(verify(await everything(memory)).finding).toBeNull();
});

it('has a new key announced by the old one, so that either is enough to verify', async () => {
  const log = createMemoryLog();
  const keys = freshKeys();
  for (const rotate of [false, true, false, false]) {
    if (rotate) await keys.rotate({ now: true });
    await fill(log, 4);
    await sealAll(log, keys, 100);
  }
  const [old, young] = (await keys.read()).map(({ publicKey }) => publicKey);
  const seals = await sealsIn(log);
  expect(seals.map(({ key }) => key)).toEqual([old, old, young, young]);
  expect(seals.map(({ nextKey }) => nextKey)).toEqual([null, young, null, null]);
  const events = await everything(log);
  expect(verify(events, { keys: [old!] }).finding).toBeNull();
  expect(verify(events, { keys: [young!] }).finding).toBeNull();
  const [other] = await freshKeys().read();
  expect(verify(events, { keys: [other!.publicKey] }).finding).toMatchObject({
    kind: 'untrusted',
    position: '00000000000000000005',
  });
});

it('does not go on after a seal that it cannot read', async () => {
  const log = createMemoryLog();
  const errors: unknown[] = [];
  await fill(log, 2);
  const broken = sampleAppend('log');
  await log.append({ ...broken, events: [{ ...broken.events[0]!, type: 'LogSealed' }] })();
  const notary = startNotary(portsOf(log, freshKeys(), { onError: (error) => errors.push(error) }));
  await until('it says so', () => errors.length > 0);
  await notary.stop();
  expect(String(errors[0])).toContain("can't be read. Run: filament log verify");
  expect(await log.head()).toBe('00000000000000000003');
});
