// What every adapter of the log promises; each adapter's spec runs all of it.
import { randomUUID } from 'node:crypto';
import { type Either, isRight, left } from 'fp-ts/lib/Either.js';
import fc from 'fast-check';
import {
  type Append,
  type AppendFailure,
  type Appended,
  type EventLog,
  type Position,
  type RecordedStoredEvent,
} from '../../../application/event-store/event-log.ts';
import { sampleAppend, sampleEvent, sampleReservation } from './sample-appends.ts';

type Outcome = Either<AppendFailure, Appended>;

/** Appends and insists on success. */
export const store = async (log: EventLog, append: Append): Promise<Appended> => {
  const outcome = await log.append(append)();
  if (isRight(outcome)) return outcome.right;
  throw new Error(`Not stored: ${JSON.stringify(outcome.left)}`);
};

/** Follows the log from a position until `enough`, then ends the subscription. */
export const follow = async (
  log: EventLog,
  after: Position,
  enough: (seen: readonly RecordedStoredEvent[]) => boolean,
  batchMax?: number,
): Promise<readonly RecordedStoredEvent[]> => {
  const stop = new AbortController();
  const seen: RecordedStoredEvent[] = [];
  const options = { signal: stop.signal, ...(batchMax === undefined ? {} : { batchMax }) };
  for await (const batch of log.subscribe(after, options)) {
    if (batchMax !== undefined) expect(batch.length).toBeLessThanOrEqual(batchMax);
    seen.push(...batch);
    if (enough(seen)) stop.abort();
  }
  return seen;
};

const ids = (events: readonly { readonly eventId: string }[]): readonly string[] =>
  events.map(({ eventId }) => eventId);

// Other tests, or other users of a shared server, may append too: each test keeps to streams and categories of its own.
const newCategory = (): string => `try${randomUUID().replaceAll('-', '')}`;
const newStream = (): string => `${newCategory()}-1`;

/** Registers the suite; `getLog` gives the log made before all tests. `patienceMs` bounds each test. */
export const describeEventLog = (getLog: () => EventLog, patienceMs = 20_000): void => {
  describeAppend(getLog, patienceMs);
  describeIdempotency(getLog, patienceMs);
  describeReading(getLog, patienceMs);
  describeSubscription(getLog, patienceMs);
};

const describeAppend = (getLog: () => EventLog, patienceMs: number): void => {
  describe('append', () => {
    it(
      'gives back what was stored, to the byte',
      async () => {
        const log = getLog();
        const stream = newStream();
        const payload = '{"b":1,"a":[1.0,1e2],"2":"two","1":"é\\u0000\\ud83d😀\\"", "x" : null}';
        const event = sampleEvent({ payload, causationId: randomUUID(), version: 3 });
        const bare = sampleEvent({ scope: null });
        const before = Date.now();
        const appended = await store(log, sampleAppend(stream, { events: [event, bare] }));
        const [first, second] = await log.readStream(stream);
        expect(first).toMatchObject({ ...event, stream, revision: 0 });
        expect(second).toMatchObject({ ...bare, stream, revision: 1 });
        expect(second?.position).toBe(appended.position);
        expect(appended.firstRevision).toBe(0);
        expect(first?.recordedAt).toBe(appended.recordedAt);
        expect(Math.abs(appended.recordedAt - before)).toBeLessThan(60_000);
      },
      patienceMs,
    );

    it(
      'puts positions in the order of appends, as text of one width',
      async () => {
        const log = getLog();
        const positions = [log.start];
        for (let n = 0; n < 12; n += 1)
          positions.push((await store(log, sampleAppend(newStream()))).position);
        expect([...positions].sort()).toEqual(positions);
        expect(new Set(positions.map(({ length }) => length)).size).toBe(1);
        expect((await log.head()) >= positions.at(-1)!).toBe(true);
      },
      patienceMs,
    );

    it(
      'checks the expected revision',
      async () => {
        const log = getLog();
        const stream = newStream();
        const at = (expected: Append['expected']): Promise<Outcome> =>
          log.append(sampleAppend(stream, { expected }))();
        const wrong = (actual: number | 'no_stream'): Outcome =>
          left({ type: 'WrongExpectedRevision', actual });
        expect(await at(0)).toEqual(wrong('no_stream'));
        expect(await at('no_stream')).toMatchObject({ right: { firstRevision: 0 } });
        expect(await at('no_stream')).toEqual(wrong(0));
        expect(await at(0)).toMatchObject({ right: { firstRevision: 1 } });
        expect(await at(0)).toEqual(wrong(1));
        expect(await at(2)).toEqual(wrong(1));
        expect(await at('any')).toMatchObject({ right: { firstRevision: 2 } });
        expect(await log.readStream(stream)).toHaveLength(3);
      },
      patienceMs,
    );

    it(
      'lets exactly one of many win a race for a revision',
      async () => {
        const log = getLog();
        const stream = newStream();
        const race = Array.from({ length: 20 }, () =>
          log.append(sampleAppend(stream, { expected: 'no_stream' }))(),
        );
        expect((await Promise.all(race)).filter(isRight)).toHaveLength(1);
        expect(await log.readStream(stream)).toHaveLength(1);
      },
      patienceMs,
    );

    it.each(['no_stream', 'any'] as const)(
      'stores a repeated append once and answers as before (%s)',
      async (expected) => {
        const log = getLog();
        const stream = newStream();
        const append = sampleAppend(stream, { expected, events: [sampleEvent(), sampleEvent()] });
        const first = await store(log, append);
        expect(await store(log, append)).toEqual(first);
        expect(await log.readStream(stream)).toHaveLength(2);
      },
      patienceMs,
    );

    it(
      'refuses what it could not give back, and stores the appends beside it',
      async () => {
        const log = getLog();
        const stream = newStream();
        const refused: readonly Append[] = [
          sampleAppend(''),
          sampleAppend('$system'),
          sampleAppend(`${stream}\u0000`),
          sampleAppend(stream, { events: [] }),
          sampleAppend(stream, { events: [sampleEvent({ payload: '"text"' })] }),
          sampleAppend(stream, { events: [sampleEvent({ payload: '{"a":"\u0000"}' })] }),
          sampleAppend(stream, { events: [sampleEvent({ payload: '{"a":"\ud83d"}' })] }),
          sampleAppend(stream, { events: [sampleEvent({ eventId: 'x' })] }),
          sampleAppend(stream, { events: [sampleEvent({ version: 0 })] }),
        ];
        const sound = store(log, sampleAppend(stream));
        for (const append of refused) await expect(log.append(append)()).rejects.toThrow('refuses');
        await sound;
        expect(await log.readStream(stream)).toHaveLength(1);
      },
      patienceMs,
    );

    it(
      'keeps every stream contiguous whatever is appended side by side',
      async () => {
        const log = getLog();
        const streams = [newStream(), newStream(), newStream()];
        const command = fc.record({
          stream: fc.constantFrom(...streams),
          count: fc.integer({ min: 1, max: 4 }),
          expected: fc.constantFrom<Append['expected']>('any', 'no_stream', 0, 1, 2),
        });
        const stored = new Map<string, string[]>(streams.map((stream) => [stream, []]));
        await fc.assert(
          fc.asyncProperty(fc.array(command, { minLength: 1, maxLength: 20 }), async (commands) => {
            const appends = commands.map(({ stream, count, expected }) =>
              sampleAppend(stream, {
                expected,
                events: Array.from({ length: count }, () => sampleEvent()),
              }),
            );
            const outcomes = await Promise.all(appends.map((append) => log.append(append)()));
            appends.forEach(({ stream, events }, n) => {
              if (isRight(outcomes[n]!)) stored.get(stream)!.push(...ids(events));
            });
            for (const stream of streams) {
              const found = await log.readStream(stream);
              expect(found.map(({ revision }) => revision)).toEqual(found.map((_, n) => n));
              expect([...ids(found)].sort()).toEqual([...stored.get(stream)!].sort());
            }
          }),
          { numRuns: 8 },
        );
      },
      patienceMs,
    );
  });
};

const describeIdempotency = (getLog: () => EventLog, patienceMs: number): void => {
  describe('idempotency reservation', () => {
    const attempt = (
      stream: string,
      key: string,
      content: string,
      life?: number,
    ): Promise<Outcome> =>
      getLog().append(
        sampleAppend(stream, {
          idempotency: sampleReservation(key, content, {
            ...(life === undefined ? {} : { expiresAt: Date.now() + life }),
          }),
        }),
      )();

    it(
      'answers the same request with what the first one made',
      async () => {
        const [stream, key] = [newStream(), randomUUID()];
        const first = await attempt(stream, key, 'a');
        if (!isRight(first)) throw new Error('Not stored.');
        const { position } = first.right;
        const done = { type: 'AlreadyDone', result: '{"made":"a"}', position };
        expect(await attempt(newStream(), key, 'a')).toEqual(left(done));
        expect(await getLog().readStream(stream)).toHaveLength(1);
      },
      patienceMs,
    );

    it(
      'refuses the key for another request',
      async () => {
        const [stream, key] = [newStream(), randomUUID()];
        await attempt(stream, key, 'a');
        expect(await attempt(stream, key, 'b')).toEqual(left({ type: 'IdempotencyKeyReused' }));
        expect(await getLog().readStream(stream)).toHaveLength(1);
      },
      patienceMs,
    );

    it(
      'stores one of many equal requests that come at once',
      async () => {
        const key = randomUUID();
        const streams = Array.from({ length: 8 }, newStream);
        const outcomes = await Promise.all(streams.map((stream) => attempt(stream, key, 'a')));
        expect(outcomes.filter(isRight)).toHaveLength(1);
        const found = await Promise.all(streams.map((stream) => getLog().readStream(stream)));
        expect(found.flat()).toHaveLength(1);
      },
      patienceMs,
    );

    it(
      'forgets a reservation that has expired',
      async () => {
        const [stream, key] = [newStream(), randomUUID()];
        await attempt(stream, key, 'a', -1_000);
        expect(isRight(await attempt(stream, key, 'b'))).toBe(true);
        expect(await attempt(stream, key, 'a')).toEqual(left({ type: 'IdempotencyKeyReused' }));
      },
      patienceMs,
    );

    it(
      'keeps no reservation of an append that lost its race',
      async () => {
        const log = getLog();
        const [stream, key] = [newStream(), randomUUID()];
        await store(log, sampleAppend(stream));
        const idempotency = sampleReservation(key, 'a');
        const lost = await log.append(
          sampleAppend(stream, { expected: 'no_stream', idempotency }),
        )();
        expect(lost).toEqual(left({ type: 'WrongExpectedRevision', actual: 0 }));
        expect(isRight(await attempt(stream, key, 'a'))).toBe(true);
      },
      patienceMs,
    );
  });
};

const describeReading = (getLog: () => EventLog, patienceMs: number): void => {
  describe('reading', () => {
    it(
      'reads a stream from either end, page by page',
      async () => {
        const log = getLog();
        const stream = newStream();
        const events = Array.from({ length: 5 }, () => sampleEvent());
        await store(log, sampleAppend(stream, { events }));
        const revisions = async (
          ...options: [Parameters<EventLog['readStream']>[1]?]
        ): Promise<unknown> =>
          (await log.readStream(stream, ...options)).map(({ revision }) => revision);
        expect(await revisions()).toEqual([0, 1, 2, 3, 4]);
        expect(await revisions({ from: 3 })).toEqual([3, 4]);
        expect(await revisions({ from: 1, limit: 2 })).toEqual([1, 2]);
        expect(await revisions({ backwards: true, limit: 2 })).toEqual([4, 3]);
        expect(await revisions({ backwards: true, from: 1 })).toEqual([1, 0]);
        expect(await revisions({ from: 5 })).toEqual([]);
        expect(await log.readStream(newStream())).toEqual([]);
      },
      patienceMs,
    );

    it(
      'reads the beginnings of many streams, one after the other',
      async () => {
        const log = getLog();
        const [long, short, never] = [newStream(), newStream(), newStream()];
        const events = Array.from({ length: 3 }, () => sampleEvent());
        await store(log, sampleAppend(long, { events }));
        await store(log, sampleAppend(short, { events: [sampleEvent()] }));
        const places = async (streams: readonly string[], limit: number) =>
          (await log.readStreams(streams, limit)).map(({ stream, revision }) => [stream, revision]);
        expect(await places([short, never, long], 2)).toEqual([
          [short, 0],
          [long, 0],
          [long, 1],
        ]);
        expect(await places([long], 9)).toHaveLength(3);
        expect(await places([], 9)).toEqual([]);
      },
      patienceMs,
    );

    it(
      'reads everything after a position, in order, also of some categories or types only',
      async () => {
        const log = getLog();
        const after = await log.head();
        const [one, other] = [newCategory(), newCategory()];
        const type = (n: number) => ({ type: n % 3 === 0 ? 'MessageDeleted' : 'MessagePosted' });
        const events = Array.from({ length: 6 }, (_, n) => sampleEvent(type(n)));
        for (const [n, event] of events.entries()) {
          await store(log, sampleAppend(`${n % 2 === 0 ? one : other}-${n}`, { events: [event] }));
        }
        const both = { categories: [one, other] };
        const all = await log.readAll(after, 100, both);
        expect(ids(all)).toEqual(ids(events));
        expect(ids(await log.readAll(all[1]!.position, 2, both))).toEqual(ids(events.slice(2, 4)));
        const mine = await log.readAll(log.start, 100, { categories: [one] });
        expect(ids(mine)).toEqual(ids(events.filter((_, n) => n % 2 === 0)));
        const deleted = { types: ['MessageDeleted', 'Nothing'] };
        expect(ids(await log.readAll(after, 100, deleted))).toEqual(ids([events[0]!, events[3]!]));
        expect(ids(await log.readAll(all[0]!.position, 1, deleted))).toEqual(ids([events[3]!]));
        expect(await log.readAll(log.start, 100, { types: ['Nothing'] })).toEqual([]);
        const unfiltered = ids(await log.readAll(after, 10_000));
        expect(unfiltered).toEqual(expect.arrayContaining([...ids(events)]));
        expect(await log.readAll(await log.head(), 10)).toEqual([]);
      },
      patienceMs,
    );

    it(
      'reads the events at single positions, in log order',
      async () => {
        const log = getLog();
        const after = await log.head();
        const events = Array.from({ length: 20 }, () => sampleEvent());
        for (const event of events)
          await store(log, sampleAppend(newStream(), { events: [event] }));
        const all = await log.readAll(after, 100);
        const places = new Map(all.map(({ eventId, position }) => [eventId, position]));
        const wanted = events.filter((_, n) => n !== 3).map(({ eventId }) => eventId);
        const positions = wanted.map((id) => places.get(id)!).reverse();
        expect(ids(await log.readAt(positions))).toEqual(wanted);
        expect(await log.readAt([])).toEqual([]);
        expect(await log.readAt([log.start])).toEqual([]);
      },
      patienceMs,
    );
  });
};

const describeSubscription = (getLog: () => EventLog, patienceMs: number): void => {
  describe('subscription', () => {
    it(
      'gives the stored and then the live, in order, with no gap and no duplicate',
      async () => {
        const log = getLog();
        const after = await log.head();
        const category = newCategory();
        const events = Array.from({ length: 40 }, () => sampleEvent());
        const put = (from: number, to: number): Promise<unknown> =>
          Promise.all(
            events
              .slice(from, to)
              .map((event) => store(log, sampleAppend(`${category}-1`, { events: [event] }))),
          );
        const mine = (seen: readonly RecordedStoredEvent[]): readonly RecordedStoredEvent[] =>
          seen.filter(({ stream }) => stream.startsWith(category));
        await put(0, 15);
        const live = { started: false };
        const enough = (seen: readonly RecordedStoredEvent[]): boolean => {
          if (!live.started) void put(15, 40);
          live.started = true;
          return mine(seen).length >= 40;
        };
        const seen = await follow(log, after, enough, 7);
        expect([...ids(mine(seen))].sort()).toEqual([...ids(events)].sort());
        expect(mine(seen).map(({ revision }) => revision)).toEqual(events.map((_, n) => n));
        const positions = seen.map(({ position }) => position);
        expect([...positions].sort()).toEqual(positions);
      },
      patienceMs,
    );

    it(
      'serves many followers at their own pace',
      async () => {
        const log = getLog();
        const after = await log.head();
        const events = Array.from({ length: 30 }, () => sampleEvent());
        const wanted = new Set(ids(events));
        const mine = (seen: readonly RecordedStoredEvent[]): readonly RecordedStoredEvent[] =>
          seen.filter(({ eventId }) => wanted.has(eventId));
        const followers = [1, 4, 100].map((batchMax) =>
          follow(log, after, (seen) => mine(seen).length >= events.length, batchMax),
        );
        for (const event of events)
          await store(log, sampleAppend(newStream(), { events: [event] }));
        for (const seen of await Promise.all(followers))
          expect(ids(mine(seen))).toEqual(ids(events));
      },
      patienceMs,
    );

    it(
      'ends when told to, also while there is nothing to give',
      async () => {
        const log = getLog();
        const stop = new AbortController();
        const ended = (async (): Promise<string> => {
          for await (const batch of log.subscribe(await log.head(), { signal: stop.signal })) {
            expect(batch.length).toBeGreaterThan(0);
          }
          return 'ended';
        })();
        setImmediate(() => stop.abort());
        expect(await ended).toBe('ended');
      },
      patienceMs,
    );
  });
};
