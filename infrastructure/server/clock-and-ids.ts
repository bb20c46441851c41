// The world's time and chance, in one place, so that everything else can be given them.
import { decodeTime, monotonicFactory } from 'ulid';
import { type Id, type MessageId } from '../../domain/shared/ids.ts';
import { type Timestamp } from '../../domain/shared/timestamp.ts';
import { type Clock, type NewId } from '../../application/ports.ts';
import { pooledRandomBytes } from '../secrets/random-pool.ts';

export const systemClock: Clock = { now: () => Date.now() as Timestamp };

/**
 * Monotonic ULIDs (ulid/spec): a clock that steps back doesn't make an id that sorts before an earlier one, nor, when it
 * was set back while nothing ran, one before `last`, the newest message.
 */
export const createNewId = (clock: Clock, last: MessageId | null = null): NewId => {
  // The package's own source asks the system for each of sixteen digits.
  const next = monotonicFactory(() => pooledRandomBytes(4).readUInt32BE() / 2 ** 32);
  let latest = last === null ? 0 : decodeTime(last) + 1;
  return <Kind extends string>() => {
    latest = Math.max(latest, clock.now());
    return next(latest) as Id<Kind>;
  };
};
