// Up to where this process has told its sockets, and the moments between two batches, when that is exact.
import { type Position } from '../../application/event-store/event-log.ts';
import { type Place } from '../../application/feed/place.ts';

// Resumes that run or wait are fewer than this; it only bounds what a bug could pile up.
const WAITERS_MAX = 10_000;

type Waiter = { readonly position: Position; readonly settle: (reached: boolean) => void };

export type Told = {
  readonly place: () => Place;
  /** Resolves false when the time is up before everything up to the position was told. */
  readonly waitFor: (position: Position, timeoutMs: number) => Promise<boolean>;
  /** Runs it when no batch is being told: now, or after the one in hand and before the next. It may not wait. */
  readonly between: (run: () => void) => Promise<void>;
};

export type Telling = Told & {
  readonly begin: () => void;
  readonly reached: (place: Place) => void;
  readonly end: () => void;
  /** Nothing more will be told: whoever waits for it waits no longer. */
  readonly stop: () => void;
};

export const createTelling = (start: Place): Telling => {
  let place = start;
  let isTelling = false;
  let queue: (() => void)[] = [];
  const waiters = new Set<Waiter>();

  return {
    place: () => place,
    waitFor: (position, timeoutMs) => {
      if (place.position >= position) return Promise.resolve(true);
      if (waiters.size >= WAITERS_MAX) return Promise.resolve(false);
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
    between: (run) =>
      new Promise((resolve, reject) => {
        const attempt = () => {
          try {
            run();
            resolve();
          } catch (error) {
            reject(error instanceof Error ? error : new Error(String(error)));
          }
        };
        if (isTelling) queue.push(attempt);
        else attempt();
      }),
    begin: () => {
      isTelling = true;
    },
    reached: (next) => {
      if (next.position > place.position) place = next;
    },
    stop: () => {
      for (const waiter of [...waiters]) waiter.settle(false);
    },
    end: () => {
      isTelling = false;
      for (const waiter of [...waiters]) if (waiter.position <= place.position) waiter.settle(true);
      const waiting = queue;
      queue = [];
      for (const run of waiting) run();
    },
  };
};
