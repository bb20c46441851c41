import { setTimeout as sleep } from 'node:timers/promises';
import { type CircuitBreaker } from '../../outage/circuit-breaker.ts';
import { networkFailure, S3Failure } from './s3-failure.ts';
import { type S3Settings } from './s3-settings.ts';

export const ATTEMPTS_MAX = 3;
const PAUSE_MS = 100; // Before the second attempt, at most; doubled before each further one

export type Attempts = <A>(
  work: () => Promise<A>,
  options?: { readonly attemptsMax?: number },
) => Promise<A>;

/**
 * Tries again what failed for a passing reason: a few times, after growing pauses of random length, and never beginning
 * after `timeoutMs`, so that a storage that is silent is not waited for twice. After failures in a row nobody waits.
 */
export const createAttempts = ({
  settings,
  breaker,
  onFailure,
  now = () => performance.now(),
  pause = (ms: number) => sleep(ms * Math.random()),
}: {
  readonly settings: Pick<S3Settings, 'endpoint' | 'timeoutMs'>;
  readonly breaker: CircuitBreaker;
  readonly onFailure: (failure: S3Failure) => void;
  readonly now?: () => number;
  readonly pause?: (ms: number) => Promise<unknown>;
}): Attempts => {
  const attempt = async <A>(work: () => Promise<A>): Promise<A> => {
    if (!breaker.admits())
      throw new S3Failure('The storage failed several times in a row; it is asked again soon.', {
        isPassing: true,
        code: 'resting',
      });
    try {
      const result = await work();
      breaker.succeeded();
      return result;
    } catch (error) {
      const failure = networkFailure(settings, error);
      if (failure.isPassing) breaker.failed();
      else breaker.succeeded(); // It is there, and says no.
      onFailure(failure);
      throw failure;
    }
  };
  return async (work, { attemptsMax = ATTEMPTS_MAX } = {}) => {
    const until = now() + settings.timeoutMs;
    for (let made = 1; ; made += 1) {
      try {
        return await attempt(work);
      } catch (error) {
        const isWorthIt = error instanceof S3Failure && error.isPassing && error.code !== 'resting';
        if (!isWorthIt || made >= attemptsMax || now() >= until) throw error;
        await pause(PAUSE_MS * 2 ** (made - 1));
      }
    }
  };
};
