// The newest events that this process itself appended, for handing them to its followers without asking the database.
// Positions have no gaps, so `first = last + 1` proves that nothing lies between.
import {
  type Position,
  type RecordedStoredEvent,
} from '../../../application/event-store/event-log.ts';
import { numberOf } from './stored-rows.ts';

export type RecentEvents = {
  /** Events just committed, contiguous and in order. */
  readonly add: (events: readonly RecordedStoredEvent[]) => void;
  /** Events right after a position; empty when they aren't known here. */
  readonly after: (position: Position, limit: number) => readonly RecordedStoredEvent[];
};

const EVENTS_MAX = 8_192;
const CHARS_MAX = 16 * 1024 * 1024;

const charsOf = (events: readonly RecordedStoredEvent[]): number =>
  events.reduce((sum, { payload }) => sum + payload.length, 0);

export const createRecentEvents = (): RecentEvents => {
  let first = 0;
  let kept: RecordedStoredEvent[] = [];
  let chars = 0;
  const trim = (): void => {
    if (kept.length <= EVENTS_MAX && chars <= CHARS_MAX) return;
    // Half at a time, so that the cost of moving the rest is spread over many appends.
    const gone = kept.splice(0, Math.ceil(kept.length / 2));
    first += gone.length;
    chars -= charsOf(gone);
    trim();
  };
  const add = (events: readonly RecordedStoredEvent[]): void => {
    const [head] = events;
    if (head === undefined) return;
    const start = numberOf(head.position);
    if (start !== first + kept.length) {
      first = start;
      kept = [];
      chars = 0;
    }
    kept.push(...events);
    chars += charsOf(events);
    trim();
  };
  const after = (position: Position, limit: number): readonly RecordedStoredEvent[] => {
    const index = numberOf(position) + 1 - first;
    return index < 0 ? [] : kept.slice(index, index + limit);
  };
  return { add, after };
};
