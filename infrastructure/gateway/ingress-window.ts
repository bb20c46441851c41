// At most so many frames in any window of so many milliseconds, exactly: a ring of the latest arrival times.

export type IngressWindow = {
  /** Counts an arrival; false when it is one too many. `now` is in milliseconds of a clock that never steps back. */
  readonly admit: (now: number) => boolean;
};

export const createIngressWindow = ({
  eventsMax,
  windowMs,
}: {
  readonly eventsMax: number;
  readonly windowMs: number;
}): IngressWindow => {
  const arrivals: number[] = []; // Grows to eventsMax, then the oldest is overwritten
  let oldest = 0;
  return {
    admit: (now) => {
      if (arrivals.length < eventsMax) {
        arrivals.push(now);
        return true;
      }
      const earliest = arrivals[oldest];
      if (earliest === undefined || now - earliest < windowMs) return false;
      arrivals[oldest] = now;
      oldest = (oldest + 1) % eventsMax;
      return true;
    },
  };
};
