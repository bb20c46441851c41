// Up to where this process has told its sockets, and the moments between two batches, when that is exact.
import { type Position } from '../../application/event-store/event-log.ts';
import { type Place } from '../../application/feed/place.ts';
import { createPositionWaiters } from '../projections/position-waiters.ts';

// Resumes that run or wait are fewer than this; it only bounds what a bug could pile up.
const WAITERS_MAX = 10_000;

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
  const waiters = createPositionWaiters(() => place.position, WAITERS_MAX);

  return {
    place: () => place,
    waitFor: waiters.waitFor,
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
    stop: waiters.stop,
    end: () => {
      isTelling = false;
      waiters.settle();
      const waiting = queue;
      queue = [];
      for (const run of waiting) run();
    },
  };
};
