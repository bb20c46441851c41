// Argon2id behind a bounded queue: each hash takes a core for tens of milliseconds, so a flood of sign-ins must neither
// starve everything else in the thread pool nor wait for minutes.
import { argon2id, hash, needsRehash, verify } from 'argon2';
import { left, right, type Either } from 'fp-ts/lib/Either.js';
import { type Passwords } from '../../application/account/passwords.ts';
import { type Failure } from '../../application/failure.ts';
import { type Limits } from '../../application/limits.ts';

// A full queue of them takes about this long with default settings.
const RETRY_AFTER_SECS = 2;
const OVERLOADED: Failure = { type: 'Unavailable', retryAfterSecs: RETRY_AFTER_SECS };

/** Runs at most `concurrency` at once and lets `waitingMax` wait; null for what comes on top. */
export const createBoundedQueue = ({
  concurrency,
  waitingMax,
}: {
  readonly concurrency: number;
  readonly waitingMax: number;
}) => {
  const waiting: (() => void)[] = [];
  let running = 0;
  const finished = () => {
    const next = waiting.shift();
    // The place is handed over, not given back: a newcomer must not take it in between.
    if (next) next();
    else running -= 1;
  };
  const run = async <A>(work: () => Promise<A>): Promise<A> => {
    try {
      return await work();
    } finally {
      finished();
    }
  };
  return <A>(work: () => Promise<A>): Promise<A> | null => {
    if (running < concurrency) {
      running += 1;
      return run(work);
    }
    if (waiting.length >= waitingMax) return null;
    return new Promise<void>((resolve) => waiting.push(resolve)).then(() => run(work));
  };
};

export type PasswordsPorts = {
  readonly memoryKib: number; // Argon2's m
  readonly timeCost: number; // Argon2's t
  readonly limits: Pick<Limits, 'argonConcurrency' | 'argonQueueMax'>;
};

/** Makes the hashing of passwords; the hash that nobody's password has is begun first, with the same parameters. */
export const createPasswords = ({
  memoryKib,
  timeCost,
  limits: { argonConcurrency, argonQueueMax },
}: PasswordsPorts): Passwords => {
  const parameters = { memoryCost: memoryKib, timeCost, parallelism: 1 };
  const queue = createBoundedQueue({ concurrency: argonConcurrency, waitingMax: argonQueueMax });
  const bounded = async <A>(work: () => Promise<A>): Promise<Either<Failure, A>> => {
    const running = queue(work);
    return running === null ? left(OVERLOADED) : right(await running);
  };
  const make = (password: string) => hash(password, { ...parameters, type: argon2id });
  const making = make('no password is ever compared with this one');
  making.catch(() => {}); // It is awaited below.
  const matches = async (phc: string | null, password: string): Promise<boolean> => {
    const nobodys = await making; // Whoever it is for, so that none takes longer.
    try {
      return (await verify(phc ?? nobodys, password)) && phc !== null;
    } catch {
      // A hash that can't be read is no password's, but takes as long as one.
      await verify(nobodys, password);
      return false;
    }
  };
  return {
    hash: (password) => bounded(() => make(password)),
    verify: (phc, password) => bounded(() => matches(phc, password)),
    isOutdated: (phc) => needsRehash(phc, parameters),
  };
};
