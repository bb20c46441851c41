// Reservations in memory, for tests of the KurrentDB adapter without a database.
import { type ReservationRecord, type Reservations } from '../kurrentdb/reservations.ts';

type Kept = { fingerprint: Buffer; record: ReservationRecord; expiresAt: number };

export const createMemoryReservations = (): Reservations => {
  const kept = new Map<string, Kept>();
  return {
    reserve: ({ keyHash, fingerprint, expiresAt }, record, holdMs) => {
      const key = keyHash.toString('hex');
      const found = kept.get(key);
      if (found === undefined || found.expiresAt <= Date.now()) {
        kept.set(key, {
          fingerprint,
          expiresAt,
          record: { ...record, until: Date.now() + holdMs },
        });
        return Promise.resolve({ type: 'reserved' });
      }
      if (!found.fingerprint.equals(fingerprint)) return Promise.resolve({ type: 'reused' });
      const isOver = found.record.until < Date.now();
      return Promise.resolve({ type: 'found', record: found.record, isOver });
    },
    complete: (keyHash, eventId, position) => {
      const found = kept.get(keyHash.toString('hex'));
      if (found?.record.eventId === eventId) found.record = { ...found.record, position };
      return Promise.resolve();
    },
    release: (keyHash, eventId) => {
      const key = keyHash.toString('hex');
      if (kept.get(key)?.record.eventId === eventId) kept.delete(key);
      return Promise.resolve();
    },
  };
};
