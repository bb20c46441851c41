import { LRUCache } from 'lru-cache';

// Idle keys leave first. An attacker with more addresses than this only frees buckets that are nearly full anyway.
const KEYS_MAX = 100_000;
const MINUTE_MS = 60_000;

/** Takes one from the key's allowance. Zero when there was one, else the whole seconds to wait. */
export type RateLimiter = { readonly take: (key: string) => number };

/**
 * A token bucket: `perMinute` at once, refilled evenly over a minute, so that a burst is followed by the full rate and
 * not by one request a minute.
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
  const buckets = new LRUCache<string, { tokens: number; at: number }>({ max: keysMax });
  const msPerToken = MINUTE_MS / perMinute;
  return {
    take: (key) => {
      const at = now();
      const bucket = buckets.get(key);
      if (bucket === undefined) {
        buckets.set(key, { tokens: perMinute - 1, at });
        return 0;
      }
      bucket.tokens = Math.min(perMinute, bucket.tokens + (at - bucket.at) / msPerToken);
      bucket.at = at;
      if (bucket.tokens < 1)
        return Math.max(1, Math.ceil(((1 - bucket.tokens) * msPerToken) / 1000));
      bucket.tokens -= 1;
      return 0;
    },
  };
};
