// A log of domain events in memory, as projections read it: no sealing, no codecs.
import { type DomainEvent } from '../../../application/event-store/event-catalogue.ts';
import { type Position } from '../../../application/event-store/event-log.ts';
import {
  type EventStore,
  type Recorded,
  type Undecodable,
} from '../../../application/event-store/event-store.ts';
import { noon } from '../../../domain/shared/testing/samples.ts';

type Fed = Recorded | Undecodable;

export type EventFeed = {
  readonly store: Pick<EventStore, 'start' | 'readAll' | 'head'>;
  /** Adds events to the end and returns them as recorded. */
  readonly push: (...events: readonly DomainEvent[]) => readonly Recorded[];
  readonly pushUndecodable: (storedType: string) => Undecodable;
  readonly all: () => readonly Fed[];
};

export const positionNo = (n: number): Position => String(n).padStart(20, '0') as Position;

const isOf = (types: readonly string[]) => (event: Fed) =>
  types.includes(event.type === 'Undecodable' ? event.storedType : event.type);

export const createEventFeed = (): EventFeed => {
  const events: Fed[] = [];
  const meta = (): Recorded['meta'] => {
    const n = events.length + 1;
    return {
      position: positionNo(n),
      stream: 'test',
      revision: n - 1,
      eventId: `00000000-0000-4000-8000-${String(n).padStart(12, '0')}`,
      version: 1,
      recordedAt: noon + n,
      actor: 'system',
      correlationId: '00000000-0000-4000-8000-000000000000',
      causationId: null,
    };
  };
  return {
    store: {
      start: positionNo(0),
      head: () => Promise.resolve(positionNo(events.length)),
      readAll: (after, limit, { types } = {}) => {
        const later = events.slice(Number(after));
        const wanted = types === undefined ? later : later.filter(isOf(types));
        return Promise.resolve(wanted.slice(0, limit));
      },
    },
    push: (...added) =>
      added.map((event) => {
        const recorded: Recorded = { ...event, meta: meta() };
        events.push(recorded);
        return recorded;
      }),
    pushUndecodable: (storedType) => {
      const event: Undecodable = {
        type: 'Undecodable',
        storedType,
        reason: 'The type is unknown.',
        meta: meta(),
      };
      events.push(event);
      return event;
    },
    all: () => events,
  };
};
