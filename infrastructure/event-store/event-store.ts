// The event store: typed, sealed events on top of any log. See architecture I4 and I6.
import { setTimeout } from 'node:timers/promises';
import * as E from 'fp-ts/lib/Either.js';
import { EVENT_KINDS } from '../../application/event-store/event-catalogue.ts';
import {
  type Append,
  type AppendFailure,
  type EventLog,
} from '../../application/event-store/event-log.ts';
import {
  type AppendEvents,
  type EventStore,
  type Recorded,
  type Undecodable,
} from '../../application/event-store/event-store.ts';
import { VaultAway, type DataKeys } from '../vault/data-keys.ts';
import { createEventDecoder } from './event-decoder.ts';
import {
  draftEvent,
  sealingKeys,
  storeEvent,
  type DraftEvent,
  type SealingKeys,
} from './event-encoder.ts';
import { UPCASTERS, type Upcasters } from './upcasters.ts';

// A stream is read whole to fold an aggregate; in pages, so that no answer of the database is unbounded.
const LOAD_PAGE = 1_000;
// Of each of many streams: few have more, and those are read by themselves.
const LOAD_EACH_EVENTS = 32;
const VAULT_RETRY_MS = 100;
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

export type EventStorePorts = {
  readonly log: EventLog;
  readonly dataKeys: DataKeys;
  readonly newUuid: () => string; // Lower case, as databases give it back: it is part of every seal
  readonly upcasters?: Upcasters;
};

/** An event that a fold can't do without was not decodable: thrown, since an aggregate must not guess. */
export class StreamUndecodable extends Error {
  override readonly name = 'StreamUndecodable';
}

const requireDecoded = (event: Recorded | Undecodable): Recorded => {
  if (event.type !== 'Undecodable') return event;
  const { storedType, reason, meta } = event;
  throw new StreamUndecodable(`${storedType} at ${meta.position} can't be decoded: ${reason}`);
};

const idsOf = ({ eventIds, events }: AppendEvents, newUuid: () => string): readonly string[] => {
  const ids = eventIds ?? events.map(() => newUuid());
  if (ids.length !== events.length || !ids.every((id) => UUID.test(id))) {
    throw new Error('Event ids must be lower-case UUIDs, one for each event.');
  }
  return ids;
};

const keysFor = async (
  drafts: readonly DraftEvent[],
  { stream, expected, newKeys }: AppendEvents,
  dataKeys: DataKeys,
): Promise<E.Either<AppendFailure, SealingKeys>> => {
  try {
    const newStream = expected === 'no_stream' ? stream : null;
    const keys = await sealingKeys(drafts, newStream, dataKeys, newKeys);
    return keys === null ? E.left({ type: 'Erased' }) : E.right(keys);
  } catch (error) {
    if (!(error instanceof VaultAway)) throw error;
    return E.left({ type: 'LogUnavailable', reason: error.message });
  }
};

const createAppend =
  ({ log, dataKeys, newUuid }: EventStorePorts): EventStore['append'] =>
  (append) =>
  async () => {
    const drafts = append.events.map(draftEvent);
    const ids = idsOf(append, newUuid);
    const sealing = await keysFor(drafts, append, dataKeys);
    if (E.isLeft(sealing)) return sealing;
    const { keys, writes } = sealing.right;
    const vault = [...writes, ...(append.vault ?? [])];
    const stored: Append = {
      stream: append.stream,
      expected: append.expected,
      events: drafts.map((draft, index) =>
        storeEvent(draft, ids[index] ?? newUuid(), append.context, keys),
      ),
      ...(vault.length > 0 ? { vault } : {}),
      ...(append.idempotency === undefined ? {} : { idempotency: append.idempotency }),
    };
    return log.append(stored)();
  };

// A follower outlives a lost database, so it asks the vault again as the log does; a short wait keeps that from spinning.
const onceVaultIsBack = async <A>(
  work: () => Promise<A>,
  signal: AbortSignal,
): Promise<A | null> => {
  for (;;) {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof VaultAway)) throw error;
      if (signal.aborted) return null;
      await setTimeout(VAULT_RETRY_MS, undefined, { ref: false });
    }
  }
};

/** Makes the event store over a log and the vault's data keys. */
export const createEventStore = (ports: EventStorePorts): EventStore => {
  const { log, dataKeys, upcasters = UPCASTERS } = ports;
  const decode = createEventDecoder({ kinds: EVENT_KINDS, upcasters, dataKeys });
  const load = async (stream: string, fromRevision = 0): Promise<Recorded[]> => {
    const events: Recorded[] = [];
    for (let from = fromRevision; ; from += LOAD_PAGE) {
      const page = await log.readStream(stream, { from, limit: LOAD_PAGE });
      for (const event of await decode(page)) events.push(requireDecoded(event));
      if (page.length < LOAD_PAGE) return events;
    }
  };
  return {
    start: log.start,
    head: log.head,
    append: createAppend(ports),
    load,
    loadEach: async (streams) => {
      const found = new Map<string, Recorded[]>();
      for (const event of await decode(await log.readStreams(streams, LOAD_EACH_EVENTS))) {
        const { stream } = event.meta;
        const events = found.get(stream);
        if (events === undefined) found.set(stream, [requireDecoded(event)]);
        else events.push(requireDecoded(event));
      }
      for (const [stream, events] of found)
        if (events.length >= LOAD_EACH_EVENTS)
          events.push(...(await load(stream, LOAD_EACH_EVENTS)));
      return found;
    },
    readAll: async (after, limit, { keepSealed, types } = {}) =>
      decode(await log.readAll(after, limit, types === undefined ? {} : { types }), keepSealed),
    readAt: async (positions, { keepSealed } = {}) =>
      decode(await log.readAt(positions), keepSealed),
    subscribe: async function* (after, { keepSealed, ...options }) {
      for await (const batch of log.subscribe(after, options)) {
        const events = await onceVaultIsBack(() => decode(batch, keepSealed), options.signal);
        if (events === null) return;
        yield events;
      }
    },
  };
};
