// Work on the live projections: on the one connection that may, tried until it works or another process has that connection.
import { setTimeout as delay } from 'node:timers/promises';
import { type Connection, type Pool } from '../postgres/database.ts';
import { ATTEMPTS_MAX } from './apply-events.ts';
import { isPoison } from './poison.ts';
import { endSession, LIVE_LOCK, tryTakeSession } from './projection-session.ts';

/** What work that another process does resolves to. */
export const ELSEWHERE = Symbol('Another process projects.');

export type LiveSession = {
  /**
   * Runs work on the live connection, and takes that first if no process has it; ELSEWHERE when another one does. Tries
   * again after a pause when it fails, for ever unless it is stopped or the failure is final. `careful` is set once events
   * themselves were refused a few times over.
   */
  readonly run: <A>(
    work: (connection: Connection, careful: boolean) => Promise<A>,
  ) => Promise<A | typeof ELSEWHERE>;
  readonly isHeld: () => boolean;
  readonly isHealthy: () => boolean; // The last try did not fail
  readonly stop: () => void;
};

/** No use trying again in this process: another version of a projection took over, or this one was stopped. */
export class ProjectionReplaced extends Error {
  override readonly name = 'ProjectionReplaced';
}

const RETRY_MS = [50, 100, 200, 400, 800] as const;

export const createLiveSession = ({
  pool,
  onRetry,
  onLost,
}: {
  readonly pool: Pool;
  readonly onRetry: (error: unknown) => void;
  readonly onLost: () => void; // The connection ended by itself, perhaps with commits that were not on disk yet
}): LiveSession => {
  const stopping = new AbortController();
  let connection: Connection | null = null;
  let healthy = false;

  const end = (): void => {
    if (connection !== null) endSession(connection);
    connection = null;
  };
  const requireRunning = (): void => {
    if (stopping.signal.aborted) throw new ProjectionReplaced('The projections are stopped.');
  };
  const take = async (): Promise<Connection | null> => {
    requireRunning();
    if (connection !== null) return connection;
    const taken = await tryTakeSession(pool, LIVE_LOCK);
    if (taken === null) return null;
    connection = taken;
    taken.once('end', () => {
      if (connection !== taken) return;
      end();
      onLost();
    });
    if (stopping.signal.aborted) end();
    requireRunning();
    return taken;
  };

  return {
    run: async (work) => {
      let refusals = 0;
      for (let tries = 0; ; tries += 1) {
        try {
          const taken = await take();
          const result = taken === null ? ELSEWHERE : await work(taken, refusals >= ATTEMPTS_MAX);
          healthy = true;
          return result;
        } catch (error) {
          healthy = false;
          if (error instanceof ProjectionReplaced || stopping.signal.aborted) throw error;
          onRetry(error);
          if (isPoison(error)) refusals += 1;
          else end();
          await delay(RETRY_MS[Math.min(tries, RETRY_MS.length - 1)], undefined, { ref: false });
        }
      }
    },
    isHeld: () => connection !== null,
    isHealthy: () => healthy,
    stop: () => {
      stopping.abort();
      end();
    },
  };
};
