// Tells a database that is away, busy or full for a while from a command that it will never take.
import pg from 'pg';

// Connection, resources, shutdown and recovery, cancelled by timeout, deadlock and serialization, read-only while failing over.
const PASSING = /^(?:08|53|57P|40|58)|^(?:57014|55P03|25006|25P03)$/;

/** Whether the same call may succeed later. An error that doesn't come from the server is a lost connection. */
export const isPassing = (error: unknown): boolean =>
  !(error instanceof pg.DatabaseError) || PASSING.test(error.code ?? '');

export const isDuplicateEvent = (error: unknown): boolean =>
  error instanceof pg.DatabaseError &&
  error.code === '23505' &&
  error.constraint === 'events_event_id';
