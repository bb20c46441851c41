// Rows of the log's table as events.
import * as t from 'io-ts';
import {
  type Position,
  type RecordedStoredEvent,
} from '../../../application/event-store/event-log.ts';

const DIGITS = 20;

/** Fixed width, so that comparing texts compares numbers. A log can't outgrow 2^53 events. */
export const positionOf = (n: number): Position => String(n).padStart(DIGITS, '0') as Position;

/** Throws on anything that isn't a position of this adapter, since a wrong guess would skip events. */
export const numberOf = (position: Position): number => {
  if (!/^\d{20}$/.test(position))
    throw new Error('This position is not one of the PostgreSQL log.');
  return Number(position);
};

export const COLUMNS = `position::float8, stream, revision, event_id, type, schema_version, scope, actor,
  correlation_id, causation_id, (extract(epoch FROM recorded_at) * 1000)::float8 AS recorded_ms, payload`;

const textOrNull = t.union([t.string, t.null]);

export const StoredRow = t.type({
  position: t.number,
  stream: t.string,
  revision: t.number,
  event_id: t.string,
  type: t.string,
  schema_version: t.number,
  scope: textOrNull,
  actor: t.string,
  correlation_id: t.string,
  causation_id: textOrNull,
  recorded_ms: t.number,
  payload: t.string,
});
export type StoredRow = t.TypeOf<typeof StoredRow>;

export const recordedOf = (row: StoredRow): RecordedStoredEvent => ({
  eventId: row.event_id,
  type: row.type,
  version: row.schema_version,
  scope: row.scope,
  actor: row.actor,
  correlationId: row.correlation_id,
  causationId: row.causation_id,
  payload: row.payload,
  position: positionOf(row.position),
  stream: row.stream,
  revision: row.revision,
  recordedAt: row.recorded_ms,
});
