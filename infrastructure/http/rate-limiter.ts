// Idle keys are dropped as others come; past this many the one idle longest goes. Whoever commands more addresses than
// this has more allowances than anyone can use up anyhow.
const KEYS_MAX = 100_000;
const MINUTE_MS = 60_000;
// Requests that come within one part of the window are remembered together, so a key costs at most so many pairs.
const PARTS = 30;
const SWEPT_AT_ONCE = 8;

/** Takes one from the key's allowance. Zero when there was one, else the whole seconds to wait. */
export type RateLimiter = {
  readonly take: (key: string) => number;
  /** Keys remembered now. */
  readonly size: () => number;
};

/** Requests remembered together: they leave the window when the last of them does. */
type Part = { readonly from: number; last: number; count: number };
type Window = { readonly parts: Part[]; total: number; lastAt: number };

const forget = (window: Window, before: number): void => {
  let gone = 0;
  for (const { last, count } of window.parts) {
    if (last > before) break;
    window.total -= count;
    gone += 1;
  }
  if (gone > 0) window.parts.splice(0, gone);
};

/**
 * A sliding window: never more than `perMinute` in any sixty seconds, whenever they begin. Exact at its number; what is
 * remembered together may keep a place taken for a thirtieth of the window longer than need be, never shorter. A refused
 * request takes nothing.
 */
export const createRateLimiter = ({
  perMinute,
  now = () => performance.now(),
  keysMax = KEYS_MAX,
}: {
  readonly perMinute: number;
  readonly now?: () => number; // Monotonic milliseconds
  readonly keysMax?: number;
}): RateLimiter => {
  // In the order of their last request: a Map keeps the order of insertion, and each key is put back at its end.
  const windows = new Map<string, Window>();

  const sweep = (before: number): void => {
    let swept = 0;
    for (const [key, { lastAt }] of windows) {
      const isIdle = lastAt <= before && swept < SWEPT_AT_ONCE;
      if (!isIdle && windows.size <= keysMax) return;
      windows.delete(key);
      swept += 1;
    }
  };

  const add = (window: Window, at: number): void => {
    const part = window.parts.at(-1);
    if (part !== undefined && at - part.from < MINUTE_MS / PARTS) {
      part.count += 1;
      part.last = at;
    } else window.parts.push({ from: at, last: at, count: 1 });
    window.total += 1;
  };

  return {
    take: (key) => {
      const at = now();
      const window = windows.get(key) ?? { parts: [], total: 0, lastAt: at };
      forget(window, at - MINUTE_MS);
      window.lastAt = at;
      windows.delete(key);
      windows.set(key, window);
      sweep(at - MINUTE_MS);
      if (window.total < perMinute) {
        add(window, at);
        return 0;
      }
      const oldest = window.parts[0];
      const waitMs = oldest === undefined ? MINUTE_MS : oldest.last + MINUTE_MS - at;
      return Math.max(1, Math.ceil(waitMs / 1000));
    },
    size: () => windows.size,
  };
};
