// A place in the log as clients keep it: the position, and a mark of the very event that stands there. After a restore
// from a backup the same positions are given out again, to other events: by the mark that is noticed and never taken for
// what it was.
import { type Position } from '../event-store/event-log.ts';

export type Place = { readonly position: Position; readonly mark: string };

const MARK_CHARS = 8;
/** Of the start of an empty log, where no event stands. */
export const START_MARK = 'start';

export const markOf = (eventId: string): string => eventId.slice(-MARK_CHARS);

export const placeOf = ({
  position,
  eventId,
}: {
  readonly position: Position;
  readonly eventId: string;
}): Place => ({ position, mark: markOf(eventId) });

export const placeText = ({ position, mark }: Place): string => `${position}.${mark}`;

// Positions have 20 digits in one log and 40 in the other; what is longer than a place can be is not looked at.
const PLACE = /^(\d{20}|\d{40})\.([0-9a-z-]{5,8})$/;

/** Null for what is no place. */
export const parsePlace = (text: string): Place | null => {
  const [, position, mark] = PLACE.exec(text) ?? [];
  return position === undefined || mark === undefined
    ? null
    : { position: position as Position, mark };
};
