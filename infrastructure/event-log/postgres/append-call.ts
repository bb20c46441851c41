// One call of log.append_batch: a batch of appends as arrays, its answer as outcomes.
import { type Either, isLeft, left, right } from 'fp-ts/lib/Either.js';
import * as t from 'io-ts';
import {
  type Append,
  type AppendFailure,
  type Appended,
  type ExpectedRevision,
  type RecordedStoredEvent,
} from '../../../application/event-store/event-log.ts';
import { vaultWriteText } from '../vault-write-text.ts';
import { positionOf } from './stored-rows.ts';

export type Outcome = Either<AppendFailure, Appended>;
export type Attempt = { readonly append: Append; readonly retry: boolean };
export type BatchAnswer = {
  readonly outcomes: readonly Outcome[];
  readonly stored: readonly RecordedStoredEvent[]; // What this call stored, contiguous, in log order
};

const PARAMETERS = 25;
const placeholders = Array.from({ length: PARAMETERS }, (_, n) => `$${n + 1}`).join(', ');
export const APPEND_SQL = `SELECT * FROM log.append_batch(${placeholders})`;

const NO_STREAM = -1;
const ANY = -2;

const expectedCode = (expected: ExpectedRevision): number => {
  if (expected === 'no_stream') return NO_STREAM;
  return expected === 'any' ? ANY : expected;
};

const vaultParameters = (batch: readonly Attempt[]): readonly (readonly unknown[])[] => {
  const keyCommands: number[] = [];
  const keyScopes: string[] = [];
  const keySalts: Buffer[] = [];
  const otherCommands: number[] = [];
  const others: string[] = [];
  for (const [c, { append }] of batch.entries())
    for (const write of append.vault ?? [])
      if (write.kind === 'data_key') {
        keyCommands.push(c + 1);
        keyScopes.push(write.scope);
        keySalts.push(write.salt);
      } else {
        otherCommands.push(c + 1);
        others.push(vaultWriteText(write));
      }
  return [keyCommands, keyScopes, keySalts, otherCommands, others];
};

/** The parameters of APPEND_SQL, in its order. */
export const appendParameters = (batch: readonly Attempt[]): readonly (readonly unknown[])[] => {
  const streams = [...new Set(batch.map(({ append }) => append.stream))];
  const streamNumber = new Map(streams.map((stream, n) => [stream, n + 1]));
  const reservations = batch.map(({ append }) => append.idempotency);
  const events = batch.flatMap(({ append }) => append.events);
  return [
    streams,
    batch.map(({ append }) => streamNumber.get(append.stream)),
    batch.map(({ append }) => expectedCode(append.expected)),
    batch.map(({ append }) => append.events.length),
    batch.map(({ retry }) => retry),
    batch.map(({ append }) => append.events[0]?.eventId),
    reservations.map((reservation) => reservation?.keyHash ?? null),
    reservations.map((reservation) => reservation?.fingerprint ?? null),
    reservations.map((reservation) => reservation?.result ?? null),
    reservations.map((reservation) => reservation?.expiresAt ?? null),
    batch.flatMap(({ append }, c) => append.events.map(() => c + 1)),
    batch.flatMap(({ append }) => append.events.map((_, n) => n + 1)),
    events.map(({ eventId }) => eventId),
    events.map(({ type }) => type),
    events.map(({ version }) => version),
    events.map(({ scope }) => scope),
    events.map(({ actor }) => actor),
    events.map(({ correlationId }) => correlationId),
    events.map(({ causationId }) => causationId),
    events.map(({ payload }) => payload),
    ...vaultParameters(batch),
  ];
};

const numberOrNull = t.union([t.number, t.null]);
const bigintOrNull = t.union([t.string, t.null]); // The driver gives bigint as text.

const AnswerRow = t.type({
  status: t.array(t.number),
  first_pos: t.array(bigintOrNull),
  base_rev: t.array(numberOrNull),
  recorded_ms: t.array(bigintOrNull),
  result: t.array(t.union([t.string, t.null])),
});

const STATUS = { conflict: 0, stored: 1, storedBefore: 2, done: 3, keyReused: 4 } as const;

type Line = {
  readonly status: number | undefined;
  readonly first: number; // Position of the first event, or of the last one for a request done before
  readonly base: number; // The stream's revision before
  readonly recordedAt: number;
  readonly result: string;
};

const outcomeOf = (line: Line, count: number): Outcome => {
  const { status, first, base, recordedAt, result } = line;
  if (status === STATUS.stored || status === STATUS.storedBefore) {
    return right({ position: positionOf(first + count - 1), firstRevision: base + 1, recordedAt });
  }
  if (status === STATUS.done) {
    return left({ type: 'AlreadyDone', result, position: positionOf(first) });
  }
  if (status === STATUS.keyReused) return left({ type: 'IdempotencyKeyReused' });
  if (status !== STATUS.conflict) throw new Error('log.append_batch gave an unknown status.');
  return left({ type: 'WrongExpectedRevision', actual: base === NO_STREAM ? 'no_stream' : base });
};

const storedOf = ({ append }: Attempt, line: Line): readonly RecordedStoredEvent[] =>
  // Field by field: for every event of the log this is several times as fast as a spread.
  append.events.map((event, n) => ({
    eventId: event.eventId,
    type: event.type,
    version: event.version,
    scope: event.scope,
    actor: event.actor,
    correlationId: event.correlationId,
    causationId: event.causationId,
    payload: event.payload,
    position: positionOf(line.first + n),
    stream: append.stream,
    revision: line.base + 1 + n,
    recordedAt: line.recordedAt,
  }));

/** Reads the row that APPEND_SQL gives; throws when it's not what this batch must get. */
export const batchAnswer = (batch: readonly Attempt[], row: unknown): BatchAnswer => {
  const decoded = AnswerRow.decode(row);
  if (isLeft(decoded) || decoded.right.status.length !== batch.length) {
    throw new Error('log.append_batch gave an unexpected answer.');
  }
  const answer = decoded.right;
  const lines = batch.map((_, n) => ({
    status: answer.status[n],
    first: Number(answer.first_pos[n] ?? 0),
    base: answer.base_rev[n] ?? NO_STREAM,
    recordedAt: Number(answer.recorded_ms[n] ?? 0),
    result: answer.result[n] ?? '',
  }));
  return {
    outcomes: batch.map(({ append }, n) => outcomeOf(lines[n] as Line, append.events.length)),
    stored: batch.flatMap((attempt, n) =>
      lines[n]?.status === STATUS.stored ? storedOf(attempt, lines[n]) : [],
    ),
  };
};
