// Wakes followers of the log. A follower takes a ticket before it reads and waits with it afterwards, so a call that
// comes while it reads isn't lost.

export type Wake = {
  readonly ticket: () => number;
  readonly call: () => void;
  /** Resolves at the first call since the ticket, after the time, or when the signal aborts. */
  readonly wait: (ticket: number, ms: number, signal: AbortSignal) => Promise<void>;
};

export const createWake = (): Wake => {
  let calls = 0;
  const sleepers = new Set<() => void>();
  const call = (): void => {
    calls += 1;
    for (const rouse of [...sleepers]) rouse();
  };
  const wait = (ticket: number, ms: number, signal: AbortSignal): Promise<void> => {
    if (ticket !== calls || signal.aborted) return Promise.resolve();
    return new Promise((resolve) => {
      const rouse = (): void => {
        clearTimeout(timer);
        signal.removeEventListener('abort', rouse);
        sleepers.delete(rouse);
        resolve();
      };
      const timer = setTimeout(rouse, ms);
      signal.addEventListener('abort', rouse);
      sleepers.add(rouse);
    });
  };
  return { ticket: () => calls, call, wait };
};
