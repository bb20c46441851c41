import { type Position } from '../../application/event-store/event-log.ts';

type Waiter = { readonly position: Position; readonly settle: (reached: boolean) => void };

export type PositionWaiters = {
  /** Resolves false when the time is up first, or at once past the limit: it would only add to what makes others wait. */
  readonly waitFor: (position: Position, timeoutMs: number) => Promise<boolean>;
  /** Lets those go on whose position is reached now. */
  readonly settle: () => void;
  /** Nothing more will be reached: whoever waits waits no longer. */
  readonly stop: () => void;
};

/** Those who wait for a position to be reached. */
export const createPositionWaiters = (
  current: () => Position,
  waitersMax: number,
): PositionWaiters => {
  const waiters = new Set<Waiter>();
  return {
    waitFor: (position, timeoutMs) => {
      if (current() >= position) return Promise.resolve(true);
      if (waiters.size >= waitersMax) return Promise.resolve(false);
      return new Promise((resolve) => {
        const waiter: Waiter = {
          position,
          settle: (reached) => {
            clearTimeout(timer);
            waiters.delete(waiter);
            resolve(reached);
          },
        };
        const timer = setTimeout(() => waiter.settle(false), timeoutMs);
        waiters.add(waiter);
      });
    },
    settle: () => {
      for (const waiter of [...waiters]) if (waiter.position <= current()) waiter.settle(true);
    },
    stop: () => {
      for (const waiter of [...waiters]) waiter.settle(false);
    },
  };
};
