import { type DomainEvent } from '../../application/event-store/event-catalogue.ts';

/** The data of an event of that type. */
export type DataOf<Type extends DomainEvent['type']> = (DomainEvent & {
  readonly type: Type;
})['data'];
