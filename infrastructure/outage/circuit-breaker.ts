/** Stops asking a server that doesn't answer, so that nobody waits for it in vain, and looks again from time to time. */
export type CircuitBreaker = {
  /** Whether to ask now; of those that would while it is closed off, one is let through to look. */
  readonly admits: () => boolean;
  readonly succeeded: () => void;
  readonly failed: () => void;
  /** How long until it looks again; 0 while it is whole. */
  readonly waitMs: () => number;
};

const FAILURES_MAX = 3; // In a row
const PAUSE_MS = 500;
const PAUSE_MS_MAX = 15_000;

export const createCircuitBreaker = ({
  now = () => performance.now(),
}: {
  readonly now?: () => number; // Monotonic milliseconds
} = {}): CircuitBreaker => {
  let failures = 0;
  let pauseMs = PAUSE_MS;
  let closedUntil = 0;
  return {
    admits: () => {
      if (failures < FAILURES_MAX) return true;
      if (now() < closedUntil) return false;
      closedUntil = now() + pauseMs; // The one that looks; the others wait for what it finds.
      return true;
    },
    succeeded: () => {
      failures = 0;
      pauseMs = PAUSE_MS;
      closedUntil = 0;
    },
    failed: () => {
      failures += 1;
      if (failures < FAILURES_MAX) return;
      if (failures > FAILURES_MAX) pauseMs = Math.min(2 * pauseMs, PAUSE_MS_MAX);
      closedUntil = now() + pauseMs;
    },
    waitMs: () => (failures < FAILURES_MAX ? 0 : Math.max(0, closedUntil - now())),
  };
};
