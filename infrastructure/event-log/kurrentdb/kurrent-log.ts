// The log in KurrentDB / EventStoreDB, for clusters. Vault rows are written before the append, since the two can't commit
// together: a key without its event does no harm, an event without its key can't be read.
import { type Either, isRight, left } from 'fp-ts/lib/Either.js';
import { setTimeout as delay } from 'node:timers/promises';
import {
  type Append,
  type AppendFailure,
  type Appended,
  type EventLog,
  type IdempotencyReservation,
  type Position,
  type VaultWrite,
} from '../../../application/event-store/event-log.ts';
import { requireStorable } from '../append-rules.ts';
import { createKurrentAppend, type KurrentAppend } from './kurrent-append.ts';
import { type KurrentClient } from './kurrent-client.ts';
import { START } from './kurrent-events.ts';
import { createKurrentReads } from './kurrent-reads.ts';
import { createKurrentSubscribe } from './kurrent-subscription.ts';
import { type ReservationRecord, type Reservations } from './reservations.ts';

type Outcome = Either<AppendFailure, Appended>;

export type KurrentLogOptions = {
  readonly client: KurrentClient; // EventStoreDBClient.connectionString(...), credentials in the string
  readonly writeVault: (writes: readonly VaultWrite[]) => Promise<void>;
  readonly reservations: Reservations;
  readonly appendsMax: number; // Limits.logQueueMax: appends under way at once
  readonly deadlineMs?: number;
  readonly onError?: (error: unknown) => void; // Told of what is tried again
};

const DEADLINE_MS = 10_000;
// The server itself may still carry out a call for as long as its own deadline after we stopped waiting.
const HOLD_FACTOR = 3;

const unavailable = (reason: string): Outcome => left({ type: 'LogUnavailable', reason });

type Reserving = {
  readonly reservations: Reservations;
  readonly readStream: EventLog['readStream'];
  readonly holdMs: number;
  readonly deadlineMs: number;
};

const LOOK_BACK = 200;
const LOOK_AGAIN_MS = 50;

const settleFound = async (
  { reservations, readStream }: Reserving,
  { keyHash }: IdempotencyReservation,
  record: ReservationRecord,
  isOver: boolean,
): Promise<Outcome | 'released' | 'under way'> => {
  const done = (position: string): Outcome =>
    left({ type: 'AlreadyDone', result: record.result, position: position as Position });
  if (record.position !== undefined) return done(record.position);
  const stored = await readStream(record.stream, { backwards: true, limit: LOOK_BACK });
  const event = stored.find(({ eventId }) => eventId === record.eventId);
  if (event !== undefined) {
    const last = stored.filter((one) => one.correlationId === event.correlationId)[0] ?? event;
    await reservations.complete(keyHash, record.eventId, last.position);
    return done(last.position);
  }
  if (!isOver) return 'under way';
  await reservations.release(keyHash, record.eventId);
  return 'released';
};

// Ends with undefined once the key is ours, else with what the one who has it made of it.
const reserve = async (
  reserving: Reserving,
  reservation: IdempotencyReservation,
  record: Omit<ReservationRecord, 'until' | 'position'>,
): Promise<Outcome | undefined> => {
  const { reservations, holdMs, deadlineMs } = reserving;
  const until = performance.now() + deadlineMs;
  for (;;) {
    const taken = await reservations.reserve(reservation, record, holdMs);
    if (taken.type === 'reserved') return undefined;
    if (taken.type === 'reused') return left({ type: 'IdempotencyKeyReused' });
    const settled = await settleFound(reserving, reservation, taken.record, taken.isOver);
    if (typeof settled !== 'string') return settled;
    if (performance.now() > until) return unavailable('An equal request is still under way.');
    if (settled === 'under way') await delay(LOOK_AGAIN_MS);
  }
};

const reserved = async (
  reserving: Reserving,
  append: Append,
  reservation: IdempotencyReservation,
  work: () => Promise<Outcome>,
): Promise<Outcome> => {
  const { reservations } = reserving;
  const { keyHash, result } = reservation;
  const eventId = append.events[0]?.eventId ?? '';
  const record = { stream: append.stream, eventId, result };
  const before = await reserve(reserving, reservation, record);
  if (before !== undefined) return before;
  const outcome = await work();
  if (isRight(outcome)) await reservations.complete(keyHash, eventId, outcome.right.position);
  // After an unknown outcome it stays: the next try settles it.
  else if (outcome.left.type !== 'LogUnavailable') await reservations.release(keyHash, eventId);
  return outcome;
};

/** The log on a KurrentDB server (22.6 or later); the vault and the reservations stay in PostgreSQL. */
export const createKurrentLog = ({
  client,
  writeVault,
  reservations,
  appendsMax,
  deadlineMs = DEADLINE_MS,
  onError = () => {},
}: KurrentLogOptions): EventLog => {
  const { readStream, readStreams, readAll, readAt, head } = createKurrentReads({ client });
  const send: KurrentAppend = createKurrentAppend({ client, readStream, deadlineMs, onError });
  const reserving = { reservations, readStream, holdMs: deadlineMs * HOLD_FACTOR, deadlineMs };
  let closed = false;
  const underWay = new Set<Promise<Outcome>>();

  const store = async (append: Append): Promise<Outcome> => {
    if (append.vault !== undefined && append.vault.length > 0) await writeVault(append.vault);
    return send(append);
  };
  const start = async (append: Append): Promise<Outcome> => {
    const { idempotency } = append;
    if (idempotency === undefined) return store(append);
    return reserved(reserving, append, idempotency, () => store(append));
  };
  return {
    start: START,
    append: (append) => async () => {
      requireStorable(append);
      if (closed) return unavailable('The log is closed.');
      if (underWay.size >= appendsMax) return unavailable('Too many appends are under way.');
      const work = start(append);
      underWay.add(work);
      try {
        return await work;
      } finally {
        underWay.delete(work);
      }
    },
    readStream,
    readStreams,
    readAll,
    readAt,
    head,
    subscribe: createKurrentSubscribe({ client, isClosed: () => closed, onError }),
    close: async () => {
      closed = true;
      await Promise.allSettled(underWay);
      await client.dispose();
    },
  };
};
