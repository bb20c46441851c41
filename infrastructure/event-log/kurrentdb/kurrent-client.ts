// What this adapter needs of the client, so that tests can stand in for a server, and what its errors mean.
// db-client 6.2.1 is used on purpose with one connection for all appends: its batch stream needs credentials in the
// connection string, never per call.
import type * as db from '@eventstore/db-client';

export type KurrentClient = Pick<
  db.EventStoreDBClient,
  'appendToStream' | 'readStream' | 'readAll' | 'subscribeToAll' | 'dispose'
>;

/**
 * `passing`: the server may or may not have done it; trying again with the same ids and expected revision finds out.
 * `conflict`, `missing`: as named. `final`: trying again is pointless.
 */
export type ErrorMeaning = 'passing' | 'conflict' | 'missing' | 'final';

// A dead server shows as a plain gRPC error without a type at times, so numbers are known too: cancelled, unknown,
// deadline exceeded, resource exhausted, aborted, internal, unavailable.
const PASSING = new Set<unknown>([
  ...['unavailable', 'cancelled', 'deadline-exceeded', 'timeout', 'not-leader', 'unknown'],
  ...[1, 2, 4, 8, 10, 13, 14],
]);

export class OutOfTime extends Error {}

/** What an error of the client means for the call that got it. */
export const meaningOf = (error: unknown): ErrorMeaning => {
  if (error instanceof OutOfTime) return 'passing';
  if (!(error instanceof Error)) return 'final';
  const type: unknown = 'type' in error ? error.type : undefined;
  const code: unknown = 'code' in error ? error.code : undefined;
  if (type === 'wrong-expected-version') return 'conflict';
  if (type === 'stream-not-found') return 'missing';
  return PASSING.has(type ?? code) ? 'passing' : 'final';
};

/** Rejects with OutOfTime when the work takes longer; the work's own end is then unknown. */
export const within = async <A>(ms: number, work: Promise<A>): Promise<A> => {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new OutOfTime('KurrentDB did not answer in time.')), ms);
  });
  work.catch(() => undefined); // May reject after we stopped waiting.
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
};
