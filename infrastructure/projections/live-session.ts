// Work on the live projections: on the one connection that may, tried until it works.
import { setTimeout as delay } from 'node:timers/promises';
import { type Connection, type Pool } from '../postgres/database.ts';
import { ATTEMPTS_MAX } from './apply-events.ts';
import { isPoison } from './poison.ts';
import { endSession, LIVE_LOCK, takeSession } from './projection-session.ts';

export type LiveSession = {
  /**
   * Runs work on the live connection; waits to get it first, and tries again after a pause when it fails, for ever unless
   * it is stopped or the failure is final. `careful` is set once events themselves were refused a few times over.
   */
  readonly run: <A>(work: (connection: Connection, careful: boolean) => Promise<A>) => Promise<A>;
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
  const take = async (): Promise<Connection> => {
    if (connection !== null) return connection;
    const taken = await takeSession(pool, LIVE_LOCK, stopping.signal);
    if (taken === null) throw new ProjectionReplaced('The projections are stopped.');
    connection = taken;
    taken.once('end', () => {
      if (connection !== taken) return;
      end();
      onLost();
    });
    return taken;
  };

  return {
    run: async (work) => {
      let refusals = 0;
      for (let tries = 0; ; tries += 1) {
        try {
          const result = await work(await take(), refusals >= ATTEMPTS_MAX);
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
    isHealthy: () => healthy,
    stop: () => {
      stopping.abort();
      end();
    },
  };
};
