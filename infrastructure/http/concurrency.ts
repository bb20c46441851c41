/** How much of a kind of work may run at once, for each key and in all. */
export type Concurrency = {
  /** What ends the work; or why it may not begin. */
  readonly begin: (key: string) => (() => void) | 'key_full' | 'all_full';
};

export const createConcurrency = ({
  perKeyMax,
  allMax,
}: {
  readonly perKeyMax: number;
  readonly allMax: number;
}): Concurrency => {
  const running = new Map<string, number>();
  let all = 0;
  return {
    begin: (key) => {
      const own = running.get(key) ?? 0;
      if (own >= perKeyMax) return 'key_full';
      if (all >= allMax) return 'all_full';
      running.set(key, own + 1);
      all += 1;
      let isOver = false;
      return () => {
        if (isOver) return;
        isOver = true;
        all -= 1;
        const left = (running.get(key) ?? 1) - 1;
        if (left === 0) running.delete(key);
        else running.set(key, left);
      };
    },
  };
};
