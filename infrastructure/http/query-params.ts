import { isLeft, left, right, type Either } from 'fp-ts/lib/Either.js';
import * as t from 'io-ts';
import { INVALID, type Failure } from '../../application/failure.ts';
import { TimeCursor } from '../../application/time-cursor.ts';
import { described } from '../../domain/shared/described.ts';

const INTEGER = /^-?[0-9]{1,9}$/;

/** A whole number in a query string; its bounds are for the query it belongs to. */
export const IntegerParam = described(
  new t.Type<number, string, unknown>(
    'IntegerParam',
    t.number.is,
    (value, context) =>
      typeof value === 'string' && INTEGER.test(value)
        ? t.success(Number(value))
        : t.failure(value, context),
    String,
  ),
  { type: 'integer', minimum: -999_999_999, maximum: 999_999_999 },
);

/** The query of a list ordered by time, besides what is particular to it. */
export const TIME_PAGE = { cursor: t.string, limit: IntegerParam };

/** Which page is asked for; a cursor that is none is a malformed request. */
export const readTimePage = ({
  cursor,
  limit,
}: {
  readonly cursor?: string | undefined;
  readonly limit?: number | undefined;
}): Either<
  Failure,
  { readonly cursor: TimeCursor | undefined; readonly limit: number | undefined }
> => {
  if (cursor === undefined) return right({ cursor, limit });
  const decoded = TimeCursor.decode(cursor);
  return isLeft(decoded) ? left(INVALID) : right({ cursor: decoded.right, limit });
};
