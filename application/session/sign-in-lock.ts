import { type Timestamp } from '../../domain/shared/timestamp.ts';

export const FAILURES_MAX = 5;
export const LOCKED_MS = 30_000;
// Names beyond it push out those that failed longest ago; a guesser of so many names is stopped by the rate limits.
const NAMES_MAX = 100_000;

/** Slows guessing: after five failures in a row a name is locked for half a minute, known or not. */
export type SignInLock = {
  readonly isLocked: (name: string, now: Timestamp) => boolean;
  readonly failed: (name: string, now: Timestamp) => void;
  readonly succeeded: (name: string) => void;
};

export const createSignInLock = ({
  namesMax = NAMES_MAX,
}: { readonly namesMax?: number } = {}): SignInLock => {
  const names = new Map<string, { readonly failures: number; readonly lockedUntil: number }>();
  return {
    isLocked: (name, now) => (names.get(name)?.lockedUntil ?? 0) > now,
    failed: (name, now) => {
      const failures = (names.get(name)?.failures ?? 0) + 1;
      // Deleted and set again: a Map keeps order of insertion, so its first is the one that failed longest ago.
      names.delete(name);
      names.set(
        name,
        failures >= FAILURES_MAX
          ? { failures: 0, lockedUntil: now + LOCKED_MS }
          : { failures, lockedUntil: 0 },
      );
      const oldest = names.keys().next();
      if (names.size > namesMax && oldest.done !== true) names.delete(oldest.value);
    },
    succeeded: (name) => {
      names.delete(name);
    },
  };
};
