import { type DomainEvent } from '../../application/event-store/event-catalogue.ts';
import { type EventStore } from '../../application/event-store/event-store.ts';
import { type OPERATIONS_EVENTS } from '../../domain/operations/events.ts';

type ActType = (typeof OPERATIONS_EVENTS)[number]['type'];
type Act = Extract<DomainEvent, { readonly type: ActType }>;

/** Has the log tell what somebody did to a projection. */
export const recordAct = async (
  {
    store,
    newUuid,
  }: {
    readonly store: Pick<EventStore, 'append'>;
    readonly newUuid: () => string;
  },
  actor: string,
  act: Act,
): Promise<void> => {
  await store.append({
    ...{ stream: 'log', expected: 'any' as const },
    events: [act],
    context: { actor, correlationId: newUuid() },
  })();
};
