import * as t from 'io-ts';
import { eventKind } from '../shared/event-kind.ts';
import { UserId } from '../shared/ids.ts';
import { Timestamp } from '../shared/timestamp.ts';

/** An operator had everything about a person written to a file, as it was at a position of the log. */
export const AccountExported = eventKind(
  'AccountExported',
  1,
  t.strict({ userId: UserId, position: t.string, at: Timestamp }),
);

export const ACCOUNT_EXPORT_EVENTS = [AccountExported] as const;
