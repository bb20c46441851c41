import * as t from 'io-ts';

const INTEGER = /^-?[0-9]{1,9}$/;

/** A whole number in a query string; its bounds are for the query it belongs to. */
export const IntegerParam = new t.Type<number, string, unknown>(
  'IntegerParam',
  t.number.is,
  (value, context) =>
    typeof value === 'string' && INTEGER.test(value)
      ? t.success(Number(value))
      : t.failure(value, context),
  String,
);
