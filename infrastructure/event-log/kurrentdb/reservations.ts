// Idempotency on KurrentDB, which can't commit a reservation together with events: reserve, append, complete. A
// reservation whose holder died in between is settled by looking for its event in its stream.
import { isLeft } from 'fp-ts/lib/Either.js';
import * as t from 'io-ts';
import { type IdempotencyReservation } from '../../../application/event-store/event-log.ts';

/** What is kept in the vault's `result` column: enough to learn later whether the append came to be. */
const Record = t.intersection([
  t.type({
    stream: t.string,
    eventId: t.string, // Of the append's first event
    result: t.string,
    until: t.number, // Unix ms of the database's clock: the holder can't append after it
  }),
  t.partial({ position: t.string }), // Once it's known to be done
]);
export type ReservationRecord = t.TypeOf<typeof Record>;

export type Reserved =
  | { readonly type: 'reserved' }
  | { readonly type: 'reused' }
  | { readonly type: 'found'; readonly record: ReservationRecord; readonly isOver: boolean };

export type Reservations = {
  /** Reserves the key unless somebody has it. `isOver`: the one who has it can't append any more. */
  readonly reserve: (
    reservation: IdempotencyReservation,
    record: Omit<ReservationRecord, 'until' | 'position'>,
    holdMs: number,
  ) => Promise<Reserved>;
  readonly complete: (keyHash: Buffer, eventId: string, position: string) => Promise<void>;
  /** Gives a reservation up, if it's still that of this event and not complete. */
  readonly release: (keyHash: Buffer, eventId: string) => Promise<void>;
};

/** Reads the `result` column; throws on anything else, since guessing could append twice. */
export const parseRecord = (text: string): ReservationRecord => {
  const record = Record.decode(JSON.parse(text));
  if (isLeft(record)) throw new Error('An idempotency reservation is not as expected.');
  return record.right;
};
