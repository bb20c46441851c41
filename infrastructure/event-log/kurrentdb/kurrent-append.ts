// Appends to KurrentDB: tries until the outcome is known or the time is up. Event ids and the expected revision stay the
// same, so the server takes a repeat for what it is; with `any` it only does its best, so we look for ourselves first.
import { type Either, left, right } from 'fp-ts/lib/Either.js';
import { setTimeout as delay } from 'node:timers/promises';
import {
  type Append,
  type AppendFailure,
  type Appended,
  type EventLog,
} from '../../../application/event-store/event-log.ts';
import { type KurrentClient, meaningOf, within } from './kurrent-client.ts';
import { eventDataOf } from './kurrent-events.ts';

type Outcome = Either<AppendFailure, Appended>;

const CALL_MS_MAX = 5_000;
const BACKOFF_MS_MIN = 50;
const BACKOFF_MS_MAX = 1_000;
const LOOK_BACK = 200; // Events of a stream searched for a lost append to it

export type KurrentAppend = (append: Append) => Promise<Outcome>;

export const createKurrentAppend = ({
  client,
  readStream,
  deadlineMs,
  onError,
}: {
  readonly client: KurrentClient;
  readonly readStream: EventLog['readStream'];
  readonly deadlineMs: number;
  readonly onError: (error: unknown) => void;
}): KurrentAppend => {
  const findStored = async ({ stream, events }: Append): Promise<Appended | undefined> => {
    const found = await readStream(stream, { backwards: true, limit: LOOK_BACK + events.length });
    const first = found.find(({ eventId }) => eventId === events[0]?.eventId);
    const last = found.find(({ eventId }) => eventId === events.at(-1)?.eventId);
    if (first === undefined || last === undefined) return undefined;
    const { revision: firstRevision, recordedAt } = first;
    return { position: last.position, firstRevision, recordedAt };
  };

  const conflict = async (append: Append): Promise<Outcome> => {
    const stored = await findStored(append);
    if (stored !== undefined) return right(stored);
    const [newest] = await readStream(append.stream, { backwards: true, limit: 1 });
    return left({ type: 'WrongExpectedRevision', actual: newest?.revision ?? 'no_stream' });
  };

  const attempt = async (append: Append, isRepeat: boolean): Promise<Outcome> => {
    const { stream, expected, events } = append;
    const before = isRepeat || expected === 'any' ? await findStored(append) : undefined;
    if (before !== undefined) return right(before);
    const call = client.appendToStream(stream, events.map(eventDataOf), {
      expectedRevision: typeof expected === 'number' ? BigInt(expected) : expected,
    });
    try {
      const { nextExpectedRevision } = await within(CALL_MS_MAX, call);
      // The answer has neither the time nor, for all servers, the position as readers will see it.
      const from = Number(nextExpectedRevision) - events.length + 1;
      const found = await readStream(stream, { from, limit: events.length });
      const [first] = found;
      const last = found.at(-1);
      if (first?.eventId !== events[0]?.eventId || first === undefined || last === undefined) {
        return await conflict(append);
      }
      const { revision: firstRevision, recordedAt } = first;
      return right({ position: last.position, firstRevision, recordedAt });
    } catch (error) {
      if (meaningOf(error) === 'conflict') return conflict(append);
      throw error;
    }
  };

  return async (append) => {
    const until = performance.now() + deadlineMs;
    let backoffMs = BACKOFF_MS_MIN;
    for (let isRepeat = false; ; isRepeat = true) {
      try {
        return await attempt(append, isRepeat);
      } catch (error) {
        if (meaningOf(error) !== 'passing') throw error;
        onError(error);
      }
      if (performance.now() + backoffMs > until) {
        return left({ type: 'LogUnavailable', reason: 'The deadline passed.' });
      }
      await delay(backoffMs * (0.5 + Math.random() / 2));
      backoffMs = Math.min(BACKOFF_MS_MAX, backoffMs * 2);
    }
  };
};
