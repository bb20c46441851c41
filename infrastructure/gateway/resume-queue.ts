// How many sockets are told at one time what they missed: after a restart all come at once, and each reads the database.

export type ResumeQueue = {
  /** Resolves with what ends the turn, once it is this one's; null when too many wait already. */
  readonly enter: () => Promise<(() => void) | null>;
};

export const createResumeQueue = ({
  runningMax,
  waitingMax,
}: {
  readonly runningMax: number;
  readonly waitingMax: number;
}): ResumeQueue => {
  let running = 0;
  const waiting: (() => void)[] = [];

  const leaveOnce = () => {
    let hasLeft = false;
    return () => {
      if (hasLeft) return;
      hasLeft = true;
      const next = waiting.shift();
      if (next === undefined) running -= 1;
      else next(); // The turn is handed on.
    };
  };
  return {
    enter: async () => {
      if (running < runningMax) running += 1;
      else if (waiting.length >= waitingMax) return null;
      else await new Promise<void>((resolve) => waiting.push(resolve));
      return leaveOnce();
    },
  };
};
