import { type DomainEvent, type EventType } from '../../application/event-store/event-catalogue.ts';
import { type Recorded } from '../../application/event-store/event-store.ts';
import { type PreparedBatch } from './message-texts.ts';

export type RecordedEvent<Type extends EventType> = Recorded<DomainEvent & { readonly type: Type }>;
export type Announcer<Type extends EventType> = (
  event: RecordedEvent<Type>,
  prepared: PreparedBatch,
) => void | Promise<void>;
/** What is said of each type of event; of those not listed nothing is. */
export type Announcers = { readonly [Type in EventType]?: Announcer<Type> };
