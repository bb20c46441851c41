import { type Position } from '../../application/event-store/event-log.ts';

export type Gathering = {
  /** Somebody waits for this position: what is gathered is written at once. */
  readonly want: (position: Position) => void;
  /** Waits while more comes, unless somebody already wants more than there is, or the signal aborts. */
  readonly pause: (at: Position, ms: number) => Promise<void>;
};

/** Pauses between batches that anyone in a hurry can end. */
export const createGathering = (signal: AbortSignal): Gathering => {
  let wanted = '';
  let hurry = (): void => {};
  signal.addEventListener('abort', () => hurry());
  return {
    want: (position) => {
      if (position > wanted) wanted = position;
      hurry();
    },
    pause: (at, ms) =>
      wanted > at || signal.aborted || ms <= 0
        ? Promise.resolve()
        : new Promise((resolve) => {
            const timer = setTimeout(resolve, ms);
            hurry = () => {
              clearTimeout(timer);
              resolve();
            };
          }),
  };
};
