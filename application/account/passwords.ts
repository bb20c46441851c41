import { type Either } from 'fp-ts/lib/Either.js';
import { type Failure } from '../failure.ts';

/** Slow on purpose and bounded: past the bound of the queue `Unavailable`. */
export type Passwords = {
  /** The PHC string of a new password. */
  readonly hash: (password: string) => Promise<Either<Failure, string>>;
  /** Takes as long without a hash as with one, and is false then, so that the time tells nobody whose account exists. */
  readonly verify: (phc: string | null, password: string) => Promise<Either<Failure, boolean>>;
  /** Whether a hash was made with less than today's parameters. */
  readonly isOutdated: (phc: string) => boolean;
};
