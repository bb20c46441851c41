import { type Position } from '../../application/event-store/event-log.ts';
import { type ReadPosition } from '../../application/ports.ts';
import { createPositionWaiters } from './position-waiters.ts';

const WAITERS_MAX = 10_000;

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
  const waiters = createPositionWaiters(() => current, waitersMax);
  return {
    current: () => current,
    waitFor: waiters.waitFor,
    advance: (position) => {
      if (position <= current) return;
      current = position;
      waiters.settle();
    },
  };
};
