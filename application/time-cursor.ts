// The place in a list that is ordered by time: `<unix seconds>_<ULID>` of the last row that was given.
import * as t from 'io-ts';

const CURSOR = /^(\d{1,12})_([0-7][0-9A-HJKMNP-TV-Za-hjkmnp-tv-z]{25})$/;

export type TimeCursor = { readonly unix: number; readonly id: string };

const parse = (text: string): TimeCursor | undefined => {
  const [, unix, id] = CURSOR.exec(text) ?? [];
  return unix === undefined || id === undefined
    ? undefined
    : { unix: Number(unix), id: id.toUpperCase() };
};

const isCursor = t.strict({ unix: t.number, id: t.string }).is;

/** Of a query string; anything else is no cursor. */
export const TimeCursor = new t.Type<TimeCursor, string, unknown>(
  'TimeCursor',
  isCursor,
  (value, context) => {
    const parsed = typeof value === 'string' ? parse(value) : undefined;
    return parsed === undefined ? t.failure(value, context) : t.success(parsed);
  },
  ({ unix, id }) => `${unix}_${id}`,
);

/** A page of at most `limit` rows out of up to one more, and the cursor of its last row if there is a next page. */
export const pageOf = <Row>(
  rows: readonly Row[],
  limit: number,
  cursorOf: (row: Row) => TimeCursor,
): { readonly page: readonly Row[]; readonly next: string | null } => {
  const page = rows.slice(0, limit);
  const last = page.at(-1);
  return {
    page,
    next: rows.length > limit && last !== undefined ? TimeCursor.encode(cursorOf(last)) : null,
  };
};
