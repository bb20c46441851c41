import * as t from 'io-ts';
import { eventKind } from '../shared/event-kind.ts';
import { Timestamp } from '../shared/timestamp.ts';

const orNull = <C extends t.Mixed>(codec: C) => t.union([codec, t.null]);

/** The notary's seal over all events from `first` to `last`; docs/log-verification.md says what each field holds. */
export const LogSealed = eventKind(
  'LogSealed',
  1,
  t.strict({
    installation: t.string,
    first: t.string, // Position of the first event sealed
    last: t.string, // Position of the last one
    events: t.Int,
    root: t.string,
    previous: orNull(t.string), // Hash of the seal before
    key: t.string, // The public key that the signature is made with
    nextKey: orNull(t.string), // The one that signs from the next seal on
    at: Timestamp,
    signature: t.string,
  }),
);

/** An operator took a copy of the log. */
export const LogExported = eventKind(
  'LogExported',
  1,
  t.strict({ from: orNull(t.string), to: t.string, at: Timestamp }), // Positions, both included; null: from the start
);

export const SEAL_EVENTS = [LogSealed, LogExported] as const;
