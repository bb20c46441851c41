import { type DomainEvent } from '../../../application/event-store/event-catalogue.ts';
import { type Recorded } from '../../../application/event-store/event-store.ts';

/** The states of all streams that hold events of these kinds, by stream. */
export const foldBy = <State, Event extends DomainEvent>(
  events: readonly Recorded[],
  kinds: readonly { readonly type: Event['type'] }[],
  initial: State,
  evolve: (state: State, event: Event) => State,
): ReadonlyMap<string, State> => {
  const types = new Set<string>(kinds.map(({ type }) => type));
  const isOwn = (event: DomainEvent): event is Event => types.has(event.type);
  const states = new Map<string, State>();
  for (const event of events) {
    const { stream } = event.meta;
    if (isOwn(event)) states.set(stream, evolve(states.get(stream) ?? initial, event));
  }
  return states;
};
