// The log in memory, for tests of what stands on it.
import { type Either, left, right } from 'fp-ts/lib/Either.js';
import {
  type Append,
  type AppendFailure,
  type Appended,
  type EventLog,
  type IdempotencyReservation,
  type Position,
  type RecordedStoredEvent,
  type VaultWrite,
} from '../../../application/event-store/event-log.ts';
import { categoryOf, requireStorable } from '../append-rules.ts';
import { createWake } from '../wake.ts';

const DIGITS = 20;
const STREAM_PAGE = 1_000;
const BATCH_MAX = 500;
const FOREVER_MS = 2 ** 31 - 1;

const positionOf = (n: number): Position => String(n).padStart(DIGITS, '0') as Position;

export type MemoryLogOptions = {
  readonly now?: () => number; // Unix ms
  /** Called with what a stored append writes to the vault, before it is visible. */
  readonly writeVault?: (writes: readonly VaultWrite[]) => void;
};

type Reserved = IdempotencyReservation & { readonly position: Position };
type Outcome = Either<AppendFailure, Appended>;

type Shelf = {
  readonly events: RecordedStoredEvent[];
  readonly streams: Map<string, RecordedStoredEvent[]>;
  readonly byId: Map<string, RecordedStoredEvent>;
  readonly reservations: Map<string, Reserved>;
};

const reservedBefore = (
  { reservations }: Shelf,
  wanted: IdempotencyReservation,
  at: number,
): AppendFailure | undefined => {
  const found = reservations.get(wanted.keyHash.toString('hex'));
  if (found === undefined || found.expiresAt <= at) return undefined;
  if (!found.fingerprint.equals(wanted.fingerprint)) return { type: 'IdempotencyKeyReused' };
  return { type: 'AlreadyDone', result: found.result, position: found.position };
};

// A repeat of a stored append, whose answer was lost, is given the first answer again.
const storedBefore = ({ byId }: Shelf, { stream, events }: Append): Appended | undefined => {
  const first = byId.get(events[0]?.eventId ?? '');
  const last = byId.get(events.at(-1)?.eventId ?? '');
  if (first === undefined || last === undefined || first.stream !== stream) return undefined;
  const { revision: firstRevision, recordedAt } = first;
  return { position: last.position, firstRevision, recordedAt };
};

const store = (shelf: Shelf, { stream, events, idempotency }: Append, at: number): Appended => {
  const inStream = shelf.streams.get(stream) ?? [];
  shelf.streams.set(stream, inStream);
  const firstRevision = inStream.length;
  for (const event of events) {
    const position = positionOf(shelf.events.length + 1);
    const recorded = { ...event, position, stream, revision: inStream.length, recordedAt: at };
    shelf.events.push(recorded);
    inStream.push(recorded);
    shelf.byId.set(event.eventId, recorded);
  }
  const position = positionOf(shelf.events.length);
  if (idempotency !== undefined) {
    shelf.reservations.set(idempotency.keyHash.toString('hex'), { ...idempotency, position });
  }
  return { position, firstRevision, recordedAt: at };
};

const appendTo = (
  shelf: Shelf,
  append: Append,
  { now = Date.now, writeVault = () => {} }: MemoryLogOptions,
): Outcome => {
  requireStorable(append);
  const { stream, expected, events, vault = [], idempotency } = append;
  const at = Math.max(now(), shelf.events.at(-1)?.recordedAt ?? 0);
  const reserved = idempotency === undefined ? undefined : reservedBefore(shelf, idempotency, at);
  if (reserved !== undefined) return left(reserved);
  const repeated = storedBefore(shelf, append);
  if (repeated !== undefined) return right(repeated);
  const last = (shelf.streams.get(stream)?.length ?? 0) - 1;
  if (expected !== 'any' && (expected === 'no_stream' ? -1 : expected) !== last) {
    return left({ type: 'WrongExpectedRevision', actual: last === -1 ? 'no_stream' : last });
  }
  if (events.some(({ eventId }) => shelf.byId.has(eventId)))
    throw new Error('An event id is in use.');
  writeVault(vault);
  return right(store(shelf, append, at));
};

/** A log that lives as long as the process. */
export const createMemoryLog = (options: MemoryLogOptions = {}): EventLog => {
  const shelf: Shelf = {
    events: [],
    streams: new Map(),
    byId: new Map(),
    reservations: new Map(),
  };
  const wake = createWake();
  const after = (position: Position, limit: number): readonly RecordedStoredEvent[] =>
    shelf.events.slice(Number(position), Number(position) + limit);
  return {
    start: positionOf(0),
    append: (append) => async () => {
      await Promise.resolve(); // As late as on a real log, so that a caller can't come to depend on less.
      const outcome = appendTo(shelf, append, options);
      wake.call();
      return outcome;
    },
    readStream: (stream, { from, limit = STREAM_PAGE, backwards = false } = {}) => {
      const found = shelf.streams.get(stream) ?? [];
      const page = backwards
        ? found.slice(0, (from ?? found.length) + 1).reverse()
        : found.slice(from ?? 0);
      return Promise.resolve(page.slice(0, limit));
    },
    readStreams: (streams, limit) =>
      Promise.resolve(
        streams.flatMap((stream) => (shelf.streams.get(stream) ?? []).slice(0, limit)),
      ),
    readAll: (position, limit, { categories, types } = {}) => {
      if (categories === undefined && types === undefined)
        return Promise.resolve(after(position, limit));
      const wanted = shelf.events
        .slice(Number(position))
        .filter(({ stream }) => categories?.includes(categoryOf(stream)) ?? true)
        .filter(({ type }) => types?.includes(type) ?? true);
      return Promise.resolve(wanted.slice(0, limit));
    },
    readAt: (positions) => {
      const wanted = new Set(positions);
      return Promise.resolve(shelf.events.filter(({ position }) => wanted.has(position)));
    },
    subscribe: async function* (position, { signal, batchMax = BATCH_MAX }) {
      let last = position;
      while (!signal.aborted) {
        const ticket = wake.ticket();
        const batch = after(last, batchMax);
        last = batch.at(-1)?.position ?? last;
        if (batch.length > 0) yield batch;
        else await wake.wait(ticket, FOREVER_MS, signal);
      }
    },
    head: () => Promise.resolve(positionOf(shelf.events.length)),
    close: () => Promise.resolve(),
  };
};
