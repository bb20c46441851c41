// Small ports that most commands and queries need.
import { type Id } from '../domain/shared/ids.ts';
import { type Timestamp } from '../domain/shared/timestamp.ts';
import { type Position } from './event-store/event-log.ts';

export type Clock = { readonly now: () => Timestamp };

/** Makes monotonic ULIDs: ids made later by this process sort later, also within a millisecond and when the clock steps back. */
export type NewId = <Kind extends string>() => Id<Kind>;

/** How far the read models of this process are, and a bounded wait for them (read your own writes, invariant I9). */
export type ReadPosition = {
  readonly current: () => Position;
  /** Resolves true once the read models have reached the position, false after the time is up. */
  readonly waitFor: (position: Position, timeoutMs: number) => Promise<boolean>;
};

/** A request that changed something: the answer, and the log position it is complete at. */
export type Done<Answer> = { readonly answer: Answer; readonly position: Position | null };
