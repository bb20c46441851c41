import { randomUUID } from 'node:crypto';
import { isRight } from 'fp-ts/lib/Either.js';
import { type EventLog, type VaultWrite } from '../../../application/event-store/event-log.ts';
import { describeEventLog, store } from '../testing/event-log-contract.ts';
import { createFakeKurrent } from '../testing/fake-kurrent.ts';
import { createMemoryReservations } from '../testing/memory-reservations.ts';
import { sampleAppend, sampleReservation } from '../testing/sample-appends.ts';
import { type KurrentClient, meaningOf } from './kurrent-client.ts';
import { createKurrentLog, type KurrentLogOptions } from './kurrent-log.ts';

const open = (options: Partial<KurrentLogOptions> = {}): EventLog =>
  createKurrentLog({
    client: createFakeKurrent({ faults: 0 }),
    writeVault: () => Promise.resolve(),
    reservations: createMemoryReservations(),
    appendsMax: 1_000,
    ...options,
  });

describe.each([0, 0.1])('with a share of faults of %d', (faults) => {
  const log = open({ client: createFakeKurrent({ faults }) });
  describeEventLog(() => log);
});

it('writes to the vault before it appends', async () => {
  const order: string[] = [];
  const client = createFakeKurrent({ faults: 0 });
  const watched: KurrentClient = {
    ...client,
    appendToStream: (...call) => {
      order.push('append');
      return client.appendToStream(...call);
    },
  };
  const writeVault = (writes: readonly VaultWrite[]): Promise<void> => {
    order.push(...writes.map(({ kind }) => kind));
    return Promise.resolve();
  };
  const vault: VaultWrite[] = [{ kind: 'data_key', scope: 's', salt: Buffer.alloc(32) }];
  await store(open({ client: watched, writeVault }), sampleAppend('a-1', { vault }));
  expect(order).toEqual(['data_key', 'append']);
});

it('gives up an unanswered append at its deadline, with its end unknown', async () => {
  const client: KurrentClient = {
    ...createFakeKurrent({ faults: 0 }),
    appendToStream: () => Promise.reject(Object.assign(new Error('dead'), { code: 14 })),
  };
  const outcome = await open({ client, deadlineMs: 200 }).append(sampleAppend('a-1'))();
  expect(outcome).toMatchObject({ left: { type: 'LogUnavailable' } });
});

describe('a reservation whose holder died', () => {
  const reserve = async (life: number) => {
    const reservations = createMemoryReservations();
    const client = createFakeKurrent({ faults: 0 });
    const reservation = sampleReservation(randomUUID(), 'a');
    const first = sampleAppend(`first-${randomUUID()}`);
    const record = {
      stream: first.stream,
      eventId: first.events[0]!.eventId,
      result: '{"first":1}',
    };
    await reservations.reserve(reservation, record, life);
    const again = sampleAppend(`again-${randomUUID()}`, { idempotency: reservation });
    return { log: open({ client, reservations, deadlineMs: 200 }), first, again };
  };

  it('counts when its event came to be', async () => {
    const { log, first, again } = await reserve(60_000);
    const { position } = await store(log, first);
    const outcome = await log.append(again)();
    expect(outcome).toMatchObject({
      left: { type: 'AlreadyDone', result: '{"first":1}', position },
    });
    expect(await log.readStream(again.stream)).toEqual([]);
  });

  it('is waited for while it may still append', async () => {
    const { log, again } = await reserve(60_000);
    expect(await log.append(again)()).toMatchObject({ left: { type: 'LogUnavailable' } });
  });

  it('is taken over when it can not append any more', async () => {
    const { log, again } = await reserve(-1);
    expect(isRight(await log.append(again)())).toBe(true);
  });
});

it('knows passing errors with and without a type', () => {
  const error = (fields: object): Error => Object.assign(new Error(), fields);
  expect(meaningOf(error({ code: 14 }))).toBe('passing');
  expect(meaningOf(error({ type: 'not-leader', code: 5 }))).toBe('passing');
  expect(meaningOf(error({ type: 'wrong-expected-version' }))).toBe('conflict');
  expect(meaningOf(error({ type: 'access-denied', code: 7 }))).toBe('final');
  expect(meaningOf('text')).toBe('final');
});
