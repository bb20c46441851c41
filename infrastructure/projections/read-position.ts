import { type Position } from '../../application/event-store/event-log.ts';
import { type ReadPosition } from '../../application/ports.ts';

const WAITERS_MAX = 10_000;

type Waiter = { readonly position: Position; readonly settle: (reached: boolean) => void };

/**
 * Makes the read models' position of this process. `advance` is called after a batch is committed. A wait past
 * `waitersMax` is refused at once: it would only add to the load that makes reads wait.
 */
export const createReadPosition = ({
  start,
  waitersMax = WAITERS_MAX,
}: {
  readonly start: Position;
  readonly waitersMax?: number;
}): ReadPosition & { readonly advance: (position: Position) => void } => {
  let current = start;
  const waiters = new Set<Waiter>();
  return {
    current: () => current,
    waitFor: (position, timeoutMs) => {
      if (current >= position) return Promise.resolve(true);
      if (waiters.size >= waitersMax) return Promise.resolve(false);
      return new Promise((resolve) => {
        const waiter: Waiter = {
          position,
          settle: (reached) => {
            clearTimeout(timer);
            waiters.delete(waiter);
            resolve(reached);
          },
        };
        const timer = setTimeout(() => waiter.settle(false), timeoutMs);
        waiters.add(waiter);
      });
    },
    advance: (position) => {
      if (position <= current) return;
      current = position;
      for (const waiter of waiters) if (waiter.position <= position) waiter.settle(true);
    },
  };
};
