// What every adapter demands of an append before it queues it. Breaking a rule is a bug of the caller, so these throw;
// left to the database, one bad command would fail the whole batch it shares.
import { type Append, type StoredEvent } from '../../application/event-store/event-log.ts';

export const EVENTS_PER_APPEND_MAX = 1_000;
export const APPEND_BYTES_MAX = 8 * 1024 * 1024; // Payload, in UTF-16 code units: at least a third of its bytes
const NAME_CHARS_MAX = 250;

const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
// With the u flag this class matches surrogates without a partner only. PostgreSQL text refuses NUL, and a lone surrogate
// would silently become another character on its way to the disk.
const UNSTORABLE = /[\u0000\ud800-\udfff]/u;

const refuse = (what: string): never => {
  throw new Error(`The log refuses this append: ${what}.`);
};

const requireName = (what: string, text: string): void => {
  if (text === '' || text.length > NAME_CHARS_MAX) refuse(`${what} is empty or too long`);
  if (UNSTORABLE.test(text)) refuse(`${what} holds a character that can't be stored`);
};

const requireEvent = (event: StoredEvent): void => {
  const { eventId, correlationId, causationId, version, payload } = event;
  for (const id of [eventId, correlationId, ...(causationId === null ? [] : [causationId])]) {
    if (!UUID.test(id)) refuse('an id is not a UUID');
  }
  requireName('an event type', event.type);
  requireName('an actor', event.actor);
  if (event.scope !== null) requireName('a scope', event.scope);
  if (!Number.isInteger(version) || version < 1 || version > 32_767)
    refuse('a version is out of range');
  if (!payload.startsWith('{')) refuse('a payload is not a JSON object');
  if (UNSTORABLE.test(payload)) refuse("a payload holds a character that can't be stored");
};

export const payloadLength = ({ events }: Append): number =>
  events.reduce((sum, { payload }) => sum + payload.length, 0);

/** Throws unless the append can be stored. */
export const requireStorable = (append: Append): void => {
  const { stream, events } = append;
  requireName('a stream name', stream);
  if (stream.startsWith('$')) refuse('a stream name begins with $');
  if (events.length === 0) refuse('it has no event');
  if (events.length > EVENTS_PER_APPEND_MAX) refuse('it has too many events');
  if (payloadLength(append) > APPEND_BYTES_MAX) refuse('its payload is too large');
  events.forEach(requireEvent);
  if (new Set(events.map(({ eventId }) => eventId)).size < events.length)
    refuse('an event id is there twice');
};

/** The part of a stream name before the first `-`. */
export const categoryOf = (stream: string): string => stream.split('-', 1)[0] ?? stream;
