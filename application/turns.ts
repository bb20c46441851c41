// One after the other per key, so that commands on one stream wait for each other instead of losing the race against
// each other and failing after a few attempts. Between processes the expected revision still decides.

/** Work waiting for one key; a bound, since each holds a request. */
export const TURNS_WAITING_MAX = 256;

export type Turns = {
  /** Runs the work when all before it on the same key is over; null when too much waits already. */
  readonly take: <Result>(key: string, work: () => Promise<Result>) => Promise<Result> | null;
};

export const createTurns = (): Turns => {
  const lines = new Map<string, { last: Promise<unknown>; waiting: number }>();
  return {
    take: (key, work) => {
      const line = lines.get(key) ?? { last: Promise.resolve(), waiting: 0 };
      if (line.waiting >= TURNS_WAITING_MAX) return null;
      line.waiting += 1;
      lines.set(key, line);
      const result = line.last.then(work);
      // Those behind take their turn whether or not this one fails; its own caller hears of it.
      line.last = result
        .catch(() => {})
        .then(() => {
          line.waiting -= 1;
          if (line.waiting === 0) lines.delete(key);
        });
      return result;
    },
  };
};
