// States of aggregates, folded from their streams: one way to read them, cached or not.
import { type Decider } from '../../domain/shared/decider.ts';
import { type DomainEvent } from '../event-store/event-catalogue.ts';
import { type EventStore, type Recorded, type Undecodable } from '../event-store/event-store.ts';

/** A state with the revision of the last event in it; -1 when its stream is empty. */
export type Folded<State> = { readonly state: State; readonly revision: number };

export type FoldedStreams<State> = {
  readonly get: (stream: string) => Promise<Folded<State>>;
  /** Only if it is at hand. */
  readonly peek: (stream: string) => Folded<State> | undefined;
  /** What is held may be out of date: the next `get` reads the log. */
  readonly forget: (stream: string) => void;
  /** One event of the log, in the order of its stream. Events seen before are ignored. */
  readonly apply: (stream: string, revision: number, event: DomainEvent | Undecodable) => void;
};

/** How an aggregate's stream becomes its state. */
export type Folding<State, Event extends DomainEvent> = {
  readonly decider: Pick<Decider<unknown, State, Event, unknown>, 'initialState' | 'evolve'>;
  readonly kinds: readonly { readonly type: Event['type'] }[];
};

type Evolve<State> = (state: State, event: DomainEvent | Undecodable) => State;

/** Folds what belongs to the aggregate; an event of another kind changes nothing. */
export const evolveWith = <State, Event extends DomainEvent>({
  decider,
  kinds,
}: Folding<State, Event>): Evolve<State> => {
  const types = new Set<string>(kinds.map(({ type }) => type));
  const isOwn = (event: DomainEvent | Undecodable): event is Event => types.has(event.type);
  return (state, event) => (isOwn(event) ? decider.evolve(state, event) : state);
};

export const foldAll = <State>(
  initialState: State,
  evolve: Evolve<State>,
  events: readonly Recorded[],
): Folded<State> => ({
  state: events.reduce(evolve, initialState),
  revision: events.at(-1)?.meta.revision ?? -1,
});

/** Reads the log each time: for short streams that few commands look at. */
export const createUncachedStreams = <State, Event extends DomainEvent>({
  store,
  folding,
}: {
  readonly store: Pick<EventStore, 'load'>;
  readonly folding: Folding<State, Event>;
}): FoldedStreams<State> => {
  const evolve = evolveWith(folding);
  return {
    get: async (stream) => foldAll(folding.decider.initialState, evolve, await store.load(stream)),
    peek: () => undefined,
    forget: () => {},
    apply: () => {},
  };
};
