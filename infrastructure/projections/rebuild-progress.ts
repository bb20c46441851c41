import { type Position } from '../../application/event-store/event-log.ts';

export type RebuildPhase = 'replay' | 'index' | 'catch_up' | 'compare' | 'swap' | 'done';

export type RebuildProgress = {
  readonly phase: RebuildPhase;
  readonly done: number; // Events
  readonly total: number; // Events; an estimate where positions are not numbers of events
  readonly ratePerSecond: number;
  readonly etaSeconds: number | null; // Of the replay; null while nothing is known
};

// The leading 20 digits: on PostgreSQL the number of the event, on KurrentDB a byte offset, whose proportion serves as well.
const offsetOf = (position: Position): number => Number(position.slice(0, 20));

/** How far a replay is that handled `done` events up to `at`, towards `head`, in `elapsedMs`. */
export const progressOf = ({
  phase,
  done,
  at,
  head,
  elapsedMs,
}: {
  readonly phase: RebuildPhase;
  readonly done: number;
  readonly at: Position;
  readonly head: Position;
  readonly elapsedMs: number;
}): RebuildProgress => {
  const reached = offsetOf(at);
  const total =
    reached === 0 ? done : Math.max(done, Math.round((done * offsetOf(head)) / reached));
  const ratePerSecond = elapsedMs === 0 ? 0 : Math.round((done * 1000) / elapsedMs);
  const etaSeconds = ratePerSecond === 0 ? null : Math.ceil((total - done) / ratePerSecond);
  return { phase, done, total, ratePerSecond, etaSeconds };
};
