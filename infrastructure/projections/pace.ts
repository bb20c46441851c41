// How fast the log is replayed: as fast as can be, or so that those who are served meanwhile hardly notice.
import { setTimeout as delay } from 'node:timers/promises';

export type Pace = {
  /** Events of the next page. */
  readonly pageSize: () => number;
  /** Whether the next page is read while one is written. */
  readonly readsAhead: boolean;
  /** Waits after a page, told how much it was and how long it took. */
  readonly rest: (events: number, tookMs: number) => Promise<void>;
};

// Smaller pages cost more calls, larger ones memory, and neither is faster (measured).
export const REPLAY_PAGE = 4_000;
const PAGE_MIN = 50;
const PAGE_MS = 15;
const REST_TIMES = 3;
const REST_MS_MAX = 1_000;

/** For when nobody is served from this database, or all wait for the end. */
export const FULL_SPEED: Pace = {
  pageSize: () => REPLAY_PAGE,
  readsAhead: true,
  rest: () => Promise.resolve(),
};

export type GentleOptions = {
  /** What a page should take: about as long as one request, so that no request waits long for a page. */
  readonly pageMs?: number;
  /** How many times as long as a page took nothing is done after it. */
  readonly restTimes?: number;
  readonly wait?: (ms: number) => Promise<unknown>;
};

/** Short pages with rests between: where the machine is slow, because others need it, pages become smaller by themselves. */
export const createGentlePace = ({
  pageMs = PAGE_MS,
  restTimes = REST_TIMES,
  wait = delay,
}: GentleOptions = {}): Pace => {
  let size = PAGE_MIN;
  return {
    pageSize: () => size,
    readsAhead: false,
    rest: async (events, tookMs) => {
      // At most twice as many as before: a short page may be one of events that this projection doesn't take.
      const fitting = (events * pageMs) / Math.max(tookMs, 0.1);
      size = Math.round(Math.min(REPLAY_PAGE, 2 * size, Math.max(PAGE_MIN, fitting)));
      await wait(Math.min(REST_MS_MAX, restTimes * tookMs));
    },
  };
};
