import { isRight, right } from 'fp-ts/lib/Either.js';
import pg from 'pg';
import { sampleAppend, sampleReservation } from '../testing/sample-appends.ts';
import { type Waiting } from './append-queue.ts';
import { createGroupCommit, type GroupCommitOptions } from './group-commit.ts';
import { positionOf } from './stored-rows.ts';

const appended = right({ position: positionOf(1), firstRevision: 0, recordedAt: 0 });
const streamsOf = (batch: readonly Waiting[]): readonly string[] =>
  batch.map(({ append }) => append.stream);

const databaseError = (code: string): Error =>
  Object.assign(new pg.DatabaseError('refused', 7, 'error'), { code });

const start = (
  fails: (batch: readonly Waiting[], call: number) => Error | undefined,
  options: Partial<GroupCommitOptions> = {},
) => {
  const calls: (readonly string[])[] = [];
  const commits = createGroupCommit({
    call: (batch) => {
      calls.push(streamsOf(batch));
      const error = fails(batch, calls.length);
      return error === undefined
        ? Promise.resolve({ outcomes: batch.map(() => appended), stored: [] })
        : Promise.reject(error);
    },
    onStored: () => {},
    onError: () => {},
    queueMax: 10_000,
    deadlineMs: 5_000,
    ...options,
  });
  return { calls, ...commits };
};

it('sends what comes together as one batch, in order', async () => {
  const { append, calls } = start(() => undefined);
  await Promise.all(['a', 'b', 'c'].map((stream) => append(sampleAppend(stream))));
  expect(calls).toEqual([['a', 'b', 'c']]);
});

it('bounds a batch', async () => {
  const { append, calls } = start(() => undefined);
  await Promise.all(Array.from({ length: 2_500 }, () => append(sampleAppend('a'))));
  expect(calls.map(({ length }) => length)).toEqual([1_000, 1_000, 500]);
});

it('finds each poisoned command in few calls, and stores all others', async () => {
  const poisoned = new Set(['s17', 's400', 's401']);
  const { append, calls } = start((batch) =>
    streamsOf(batch).some((stream) => poisoned.has(stream)) ? databaseError('23514') : undefined,
  );
  const ends = Array.from({ length: 1_000 }, (_, n) =>
    append(sampleAppend(`s${n}`)).then(isRight, () => false),
  );
  const refused = (await Promise.all(ends)).flatMap((stored, n) => (stored ? [] : [`s${n}`]));
  expect(refused).toEqual([...poisoned]);
  expect(calls.length).toBeLessThan(60);
});

it('tries again, as a repeat, after a lost connection', async () => {
  const retries: boolean[] = [];
  const { append } = start((batch, call) => {
    retries.push(...batch.map(({ retry }) => retry));
    return call < 3 ? new Error('Connection terminated unexpectedly') : undefined;
  });
  expect(await append(sampleAppend('a'))).toEqual(appended);
  expect(retries).toEqual([false, true, true]);
});

it('answers at the deadline while the database is away', async () => {
  const { append, close } = start(() => databaseError('57P03'), { deadlineMs: 100 });
  const outcomes = await Promise.all([append(sampleAppend('a')), append(sampleAppend('b'))]);
  const late = { left: { type: 'LogUnavailable', reason: 'The deadline passed.' } };
  expect(outcomes).toMatchObject([late, late]);
  await close();
});

it('never has one idempotency key twice in a batch', async () => {
  const { append, calls } = start(() => undefined);
  const same = { idempotency: sampleReservation('key', 'a') };
  const other = { idempotency: sampleReservation('other', 'a') };
  const all = [sampleAppend('a', same), sampleAppend('b', same), sampleAppend('c', other)];
  await Promise.all([...all, sampleAppend('d', same)].map(append));
  expect(calls).toEqual([['a', 'c'], ['b'], ['d']]);
});
