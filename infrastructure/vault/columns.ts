// Codecs of column types as the driver hands them over.
import * as t from 'io-ts';
import { Timestamp } from '../../domain/shared/timestamp.ts';

const isBytes = (value: unknown): value is Buffer => Buffer.isBuffer(value);

export const Bytes = new t.Type<Buffer, Buffer>(
  'Bytes',
  isBytes,
  (value, context) => (isBytes(value) ? t.success(value) : t.failure(value, context)),
  t.identity,
);

// Milliseconds as text: the driver has no number for bigint, and a Date would be one more type to check.
export const MillisText = new t.Type<Timestamp, string>(
  'MillisText',
  Timestamp.is,
  (value, context) =>
    typeof value === 'string' && /^\d{1,16}$/.test(value)
      ? Timestamp.validate(Number(value), context)
      : t.failure(value, context),
  String,
);

/** SQL for a timestamptz as whole milliseconds in text; null stays null. */
export const millis = (expression: string): string =>
  `floor(extract(epoch FROM ${expression}) * 1000)::bigint::text`;
