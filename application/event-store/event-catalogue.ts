// Every kind of event there is: the one list that codecs, sealing, golden files and projections go by.
import { ACCOUNT_EVENTS, USERNAME_EVENTS } from '../../domain/account/events.ts';
import { ATTACHMENT_EVENTS } from '../../domain/attachment/events.ts';
import { DIRECTORY_EVENTS } from '../../domain/directory/events.ts';
import { FRIENDSHIP_EVENTS } from '../../domain/friendship/events.ts';
import { CREATOR_SLOT_EVENTS } from '../../domain/guild/creator-slots.ts';
import { GUILD_EVENTS } from '../../domain/guild/events.ts';
import { IP_BAN_EVENTS, IP_BAN_HIT_EVENTS } from '../../domain/ip-ban/events.ts';
import { MEMBERSHIP_EVENTS } from '../../domain/membership/events.ts';
import { MESSAGE_EVENTS } from '../../domain/message/events.ts';
import { ACCOUNT_EXPORT_EVENTS } from '../../domain/operations/account-export-events.ts';
import { ERASURE_EVENTS } from '../../domain/operations/erasure-events.ts';
import { OPERATIONS_EVENTS } from '../../domain/operations/events.ts';
import { SEAL_EVENTS } from '../../domain/operations/seal-events.ts';
import { REVEAL_EVENTS } from '../../domain/operations/reveal-events.ts';
import { SESSION_EVENTS } from '../../domain/session/events.ts';
import { STORAGE_EVENTS } from '../../domain/storage/events.ts';
import { UNDO_EVENTS } from '../../domain/undo/events.ts';
import { type EventKind, type EventOf } from '../../domain/shared/event-kind.ts';

export const EVENT_CATALOGUE = [
  ...ACCOUNT_EVENTS,
  ...USERNAME_EVENTS,
  ...SESSION_EVENTS,
  ...FRIENDSHIP_EVENTS,
  ...GUILD_EVENTS,
  ...CREATOR_SLOT_EVENTS,
  ...MEMBERSHIP_EVENTS,
  ...MESSAGE_EVENTS,
  ...ATTACHMENT_EVENTS,
  ...STORAGE_EVENTS,
  ...DIRECTORY_EVENTS,
  ...IP_BAN_EVENTS,
  ...IP_BAN_HIT_EVENTS,
  ...OPERATIONS_EVENTS,
  ...ERASURE_EVENTS,
  ...ACCOUNT_EXPORT_EVENTS,
  ...REVEAL_EVENTS,
  ...SEAL_EVENTS,
  ...UNDO_EVENTS,
] as const;

export type DomainEvent = EventOf<(typeof EVENT_CATALOGUE)[number]>;
export type EventType = DomainEvent['type'];

/** A kind with its data type forgotten, for code that treats all kinds alike (sealing, golden files). */
// eslint-disable-next-line @typescript-eslint/no-explicit-any -- existential: the codec itself restores the type
export type AnyEventKind = EventKind<EventType, any>;

export const EVENT_KINDS: ReadonlyMap<string, AnyEventKind> = new Map(
  EVENT_CATALOGUE.map((kind): [string, AnyEventKind] => [kind.type, kind]),
);
