import { left, right, type Either } from 'fp-ts/lib/Either.js';
import { membershipDecider } from '../domain/membership/decider.ts';
import { MEMBERSHIP_EVENTS } from '../domain/membership/events.ts';
import { guildNo, noon, userNo } from '../domain/shared/testing/samples.ts';
import { createUncachedStreams } from './access/folded-streams.ts';
import { type AppendFailure, type Appended, type Position } from './event-store/event-log.ts';
import { type AppendEvents, type Recorded } from './event-store/event-store.ts';
import { createExecute, type FindEarlier } from './execute.ts';
import { FORBIDDEN, NOT_FOUND } from './failure.ts';
import { createTurns, TURNS_WAITING_MAX } from './turns.ts';

const STREAM = 'member-x';
const who = { guildId: guildNo(1), userId: userNo(1), by: userNo(1), at: noon };
const position = '1'.padStart(20, '0') as Position;
const context = { actor: 'system', correlationId: '00000000-0000-4000-8000-000000000000' };
const meta = {
  position,
  stream: STREAM,
  eventId: '',
  version: 1,
  recordedAt: noon,
  actor: 'system',
  correlationId: '',
  causationId: null,
};

/** A store of one stream that answers appends as told, then as a log does. */
const storeThat = (...answers: Either<AppendFailure, Appended>[]) => {
  const events: Recorded[] = [];
  const appends: AppendEvents[] = [];
  return {
    appends,
    load: () => Promise.resolve(events),
    append: (append: AppendEvents) => () => {
      appends.push(append);
      const told = answers.shift();
      if (told !== undefined) return Promise.resolve(told);
      const firstRevision = events.length;
      for (const event of append.events)
        events.push({ ...event, meta: { ...meta, revision: events.length } });
      return Promise.resolve(right({ position, firstRevision, recordedAt: noon }));
    },
  };
};

const reservation = {
  keyHash: Buffer.alloc(32, 1),
  fingerprint: Buffer.alloc(32, 2),
  result: '{}',
  expiresAt: noon,
};

const runOn = (
  store: ReturnType<typeof storeThat>,
  { findEarlier, ...more }: { findEarlier?: FindEarlier; idempotency?: typeof reservation } = {},
) => {
  const execute = createExecute({
    store,
    turns: createTurns(),
    newEventId: () => 'id',
    ...(findEarlier && { findEarlier }),
  });
  const states = createUncachedStreams({
    store,
    folding: { decider: membershipDecider, kinds: MEMBERSHIP_EVENTS },
  });
  return (prepared = right({ type: 'Leave' as const, data: who }) as Either<never, never>) =>
    execute({
      decider: membershipDecider,
      states,
      stream: STREAM,
      prepare: () => Promise.resolve(prepared),
      refuse: () => NOT_FOUND,
      context,
      ...more,
    });
};
const join = right({
  type: 'Join',
  data: { ...who, cause: 'directory', roleId: null },
}) as Either<never, never>;
const raced = left({ type: 'WrongExpectedRevision', actual: 0 }) as Either<AppendFailure, never>;

describe('executing a command', () => {
  it('appends what is decided at the revision it was decided on', async () => {
    const store = storeThat();
    const run = runOn(store);
    expect(await run(join)).toMatchObject({ right: { type: 'Executed', position } });
    expect(await run()).toMatchObject({ right: { state: { standing: 'outside' } } });
    expect(store.appends.map(({ expected }) => expected)).toEqual(['no_stream', 0]);
  });
  it('appends nothing for what is already so', async () => {
    const store = storeThat();
    const run = runOn(store);
    await run(join);
    expect(await run(join)).toMatchObject({ right: { events: [], position: null } });
    expect(store.appends).toHaveLength(1);
  });
  it('hands on refusals of who may and of what may be', async () => {
    const run = runOn(storeThat());
    expect(await run(left(FORBIDDEN) as Either<never, never>)).toEqual(left(FORBIDDEN));
    expect(await run()).toEqual(left(NOT_FOUND));
  });
  it('tries again when it was outrun, three times at most', async () => {
    expect(await runOn(storeThat(raced, raced))(join)).toMatchObject({ _tag: 'Right' });
    const store = storeThat(raced, raced, raced);
    expect(await runOn(store)(join)).toEqual(left({ type: 'Conflict' }));
    expect(store.appends).toHaveLength(3);
  });
  it.each([
    [{ type: 'IdempotencyKeyReused' }, { type: 'IdempotencyKeyReused' }],
    [{ type: 'Erased' }, NOT_FOUND],
    [
      { type: 'LogUnavailable', reason: 'away' },
      { type: 'Unavailable', retryAfterSecs: 1 },
    ],
  ] as const)('answers %j', async (failure, answer) => {
    expect(await runOn(storeThat(left(failure)))(join)).toEqual(left(answer));
  });
  it('gives back what the same request left before', async () => {
    const done = { type: 'AlreadyDone', result: '{}', position } as const;
    expect(await runOn(storeThat(left(done)))(join)).toEqual(right(done));
  });
  it('gives a repeat the first answer also when nothing is left to do or to be found', async () => {
    const done = { type: 'AlreadyDone', result: '{}', position } as const;
    const findEarlier: FindEarlier = (asked) =>
      Promise.resolve(asked === reservation ? done : null);
    const keyed = runOn(storeThat(), { findEarlier, idempotency: reservation });
    expect(await keyed()).toEqual(right(done));
    await keyed(join);
    expect(await keyed(join)).toEqual(right(done));
    const unkeyed = runOn(storeThat(), { findEarlier });
    expect(await unkeyed()).toEqual(left(NOT_FOUND));
    const reused: FindEarlier = () => Promise.resolve({ type: 'IdempotencyKeyReused' });
    expect(await runOn(storeThat(), { findEarlier: reused, idempotency: reservation })()).toEqual(
      left({ type: 'IdempotencyKeyReused' }),
    );
  });
  it('refuses more than may wait for one stream', async () => {
    const run = runOn(storeThat());
    const outcomes = await Promise.all(
      Array.from({ length: TURNS_WAITING_MAX + 1 }, () => run(join)),
    );
    expect(outcomes.filter(({ _tag }) => _tag === 'Left')).toEqual([
      left({ type: 'Unavailable', retryAfterSecs: 1 }),
    ]);
    expect(await run(join)).toMatchObject({ _tag: 'Right' });
  });
});

describe('turns', () => {
  it('come one after the other per key, also after a failure', async () => {
    const turns = createTurns();
    const log: string[] = [];
    const work =
      (name: string, fails = false) =>
      async () => {
        log.push(`${name} begins`);
        await new Promise((resolve) => setImmediate(resolve));
        log.push(`${name} ends`);
        if (fails) throw new Error(name);
      };
    const [a, b, c] = [
      turns.take('k', work('a', true)),
      turns.take('k', work('b')),
      turns.take('other', work('c')),
    ];
    await expect(a).rejects.toThrow('a');
    await b;
    await c;
    expect(log.filter((line) => !line.startsWith('c'))).toEqual([
      'a begins',
      'a ends',
      'b begins',
      'b ends',
    ]);
    expect(log.indexOf('c begins')).toBeLessThan(log.indexOf('b begins'));
  });
});
