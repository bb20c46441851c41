import * as t from 'io-ts';

/** Milliseconds since the Unix epoch, a non-negative safe integer. */
export type Timestamp = number & { readonly isTimestamp: true };

const isTimestamp = (value: unknown): value is Timestamp =>
  typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;

export const Timestamp = new t.Type<Timestamp, number>(
  'Timestamp',
  isTimestamp,
  (value, context) => (isTimestamp(value) ? t.success(value) : t.failure(value, context)),
  (at) => at,
);

/** Whole Unix seconds of a timestamp, the unit of every `_unix` field on the wire. */
export const unixSeconds = (at: Timestamp): number => Math.floor(at / 1000);
