// The log as a timeline for operators: which events are asked for, and what is shown of one.
import { type GuildId } from '../../domain/shared/ids.ts';
import { type Timestamp } from '../../domain/shared/timestamp.ts';
import { EVENT_KINDS, type EventType } from '../event-store/event-catalogue.ts';
import { type Position } from '../event-store/event-log.ts';
import { type Recorded, type Undecodable } from '../event-store/event-store.ts';
import { AUDITED_TYPES, auditEntriesOf, type AuditedEvent } from './audit-entries.ts';

/** Null: not asked for, so any. */
export type TimelineFilter = {
  readonly guildId: GuildId | null;
  readonly actor: string | null; // `user:<id>`, `system`, `operator`
  readonly eventType: string | null;
  readonly action: string | null; // Beginning of an audit action
  readonly since: Timestamp | null; // That very moment included
  readonly until: Timestamp | null; // Included too
  readonly fromPosition: Position | null; // Included
  readonly toPosition: Position | null; // Included
  readonly correlationId: string | null;
};

export type TimelineRow = {
  readonly position: Position;
  readonly time: string; // ISO 8601
  readonly type: string;
  readonly actions: readonly string[]; // Of the guild's audit list; none when the event is not audited
  readonly actor: string;
  readonly guild_id: string | null;
  readonly stream: string;
  readonly event_id: string;
  readonly correlation_id: string;
  readonly causation_id: string | null;
  readonly data: Readonly<Record<string, unknown>>;
  readonly undecodable: string | null; // Why it could not be read
};

/** Stands for a text that is not shown. */
export const SEALED_TEXT = '(sealed)';

const auditedTypes: ReadonlySet<EventType> = new Set(AUDITED_TYPES);
const isAudited = (event: Recorded | Undecodable): event is Recorded<AuditedEvent> =>
  event.type !== 'Undecodable' && auditedTypes.has(event.type);

const actionsOf = (event: Recorded | Undecodable): readonly string[] =>
  isAudited(event) ? auditEntriesOf(event).map(({ action }) => action) : [];

// The streams of a guild are named after it, which is all that is known of an event that can't be read.
const guildOf = (event: Recorded | Undecodable): string | null => {
  if (event.type === 'Undecodable')
    return /^[a-z]+-([0-7][0-9A-HJKMNP-TV-Z]{25})(?::|$)/.exec(event.meta.stream)?.[1] ?? null;
  return 'guildId' in event.data ? event.data.guildId : null;
};

const isWithin = <Value extends string | number>(
  value: Value,
  from: Value | null,
  to: Value | null,
): boolean => (from === null || value >= from) && (to === null || value <= to);

/** Whether an event is asked for. */
export const isAskedFor = (filter: TimelineFilter, event: Recorded | Undecodable): boolean => {
  const { meta } = event;
  const type = event.type === 'Undecodable' ? event.storedType : event.type;
  return (
    isWithin(meta.position, filter.fromPosition, filter.toPosition) &&
    isWithin(meta.recordedAt, filter.since, filter.until) &&
    (filter.guildId === null || guildOf(event) === filter.guildId) &&
    (filter.actor === null || meta.actor === filter.actor) &&
    (filter.eventType === null || type === filter.eventType) &&
    (filter.correlationId === null || meta.correlationId === filter.correlationId) &&
    (filter.action === null ||
      actionsOf(event).some((action) => action.startsWith(filter.action ?? '')))
  );
};

/** Whether nothing after this event can be asked for: positions and times only grow along the log. */
export const isPast = ({ toPosition, until }: TimelineFilter, { meta }: Pick<Recorded, 'meta'>) =>
  (toPosition !== null && meta.position > toPosition) ||
  (until !== null && meta.recordedAt > until);

const withoutTexts = (event: Recorded, reveals: boolean): TimelineRow['data'] => {
  const data: Record<string, unknown> = { ...event.data };
  if (reveals) return data;
  for (const [field] of EVENT_KINDS.get(event.type)?.sealed ?? [])
    if (typeof data[field] === 'string') data[field] = SEALED_TEXT;
  return data;
};

/** What is shown of an event; sealed texts only when `reveals`. */
export const timelineRow = (event: Recorded | Undecodable, reveals: boolean): TimelineRow => {
  const { meta } = event;
  const isRead = event.type !== 'Undecodable';
  return {
    position: meta.position,
    time: new Date(meta.recordedAt).toISOString(),
    type: isRead ? event.type : event.storedType,
    actions: actionsOf(event),
    actor: meta.actor,
    guild_id: guildOf(event),
    stream: meta.stream,
    event_id: meta.eventId,
    correlation_id: meta.correlationId,
    causation_id: meta.causationId,
    data: isRead ? withoutTexts(event, reveals) : {},
    undecodable: isRead ? null : event.reason,
  };
};

/** Every sealed text there is, as `Type.field`: for a reader that shows none, and so needs no key. */
export const EVERY_SEALED_FIELD: ReadonlySet<string> = new Set(
  [...EVENT_KINDS.values()].flatMap(({ type, sealed }) =>
    sealed.map(([field]) => `${type}.${field}`),
  ),
);
