import * as t from 'io-ts';
import { eventKind } from '../shared/event-kind.ts';
import { UserId } from '../shared/ids.ts';
import { Timestamp } from '../shared/timestamp.ts';

const orNull = <C extends t.Mixed>(codec: C) => t.union([codec, t.null]);

/** That these keys were destroyed, signed by the notary; docs/erasure.md says what each field holds. */
export const ErasureReceipted = eventKind(
  'ErasureReceipted',
  1,
  t.strict({
    installation: t.string,
    userId: orNull(UserId), // Whose account; null for what people deleted themselves
    first: t.string, // Position of the erasure, or of the first deletion
    last: t.string, // Up to where the log was read for what belongs to it, or of the last deletion
    accounts: t.Int, // How many keys, by what they were of
    messages: t.Int,
    attachments: t.Int,
    pictures: t.Int,
    root: t.string,
    remains: t.string,
    at: Timestamp,
    key: t.string, // The public key that the signature is made with
    signature: t.string,
  }),
);

export const ERASURE_EVENTS = [ErasureReceipted] as const;
