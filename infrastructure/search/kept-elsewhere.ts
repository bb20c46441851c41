// Waiting for an index that another process keeps: its checkpoint is in the database, and looked at while somebody waits.
import { setTimeout as delay } from 'node:timers/promises';
import { type Position } from '../../application/event-store/event-log.ts';
import { type ReadPosition } from '../../application/ports.ts';

// A wait is a part of a search, so a tenth of a second: rare enough for the database, often enough for that.
const LOOK_MS = 10;

/**
 * Makes what waits; false at once while there is no index, and when the database can't say. All who wait share one look
 * at a time.
 */
export const createWaitElsewhere = ({
  reached,
  progress,
}: {
  readonly reached: () => Promise<Position | null>;
  readonly progress: Pick<ReadPosition, 'waitFor'> & {
    readonly advance: (position: Position) => void;
  };
}): ReadPosition['waitFor'] => {
  let waiting = 0;
  let isLooking = false;
  const look = async (): Promise<boolean> => {
    const position = await reached().catch(() => null);
    if (position !== null) progress.advance(position);
    return position !== null;
  };
  const keepLooking = async (): Promise<void> => {
    if (isLooking) return;
    isLooking = true;
    while (waiting > 0) {
      await delay(LOOK_MS, undefined, { ref: false });
      await look();
    }
    isLooking = false;
  };
  return async (position, timeoutMs) => {
    const begun = performance.now();
    if (!(await look())) return false;
    waiting += 1;
    void keepLooking();
    try {
      return await progress.waitFor(position, timeoutMs - (performance.now() - begun));
    } finally {
      waiting -= 1;
    }
  };
};
