import { LRUCache } from 'lru-cache';
import { type Position } from '../../application/event-store/event-log.ts';
import { type ReadPosition } from '../../application/ports.ts';
import { type SessionId } from '../../domain/shared/ids.ts';

// A session pushed out reads what the read model has, as any other reader does.
const SESSIONS_MAX = 100_000;

/** Lets a session read what it wrote: remembers the position of its last write, and waits for the read models. */
export type SessionPositions = {
  readonly wrote: (session: SessionId, position: Position) => void;
  /** Waits, bounded, until the session's own writes can be read. At once when they can already. */
  readonly catchUp: (session: SessionId) => Promise<void> | null;
  /** True once the read models have reached a position that the client named. */
  readonly reach: (position: Position) => Promise<boolean>;
};

export const createSessionPositions = ({
  readPosition,
  readWaitMs,
  sessionsMax = SESSIONS_MAX,
}: {
  readonly readPosition: ReadPosition;
  readonly readWaitMs: number;
  readonly sessionsMax?: number;
}): SessionPositions => {
  const written = new LRUCache<SessionId, Position>({ max: sessionsMax });
  return {
    wrote: (session, position) => {
      const last = written.get(session);
      // Concurrent writes of one session may be answered out of order.
      if (last === undefined || last < position) written.set(session, position);
    },
    catchUp: (session) => {
      const position = written.get(session);
      if (position === undefined) return null;
      if (readPosition.current() >= position) {
        written.delete(session);
        return null;
      }
      return readPosition.waitFor(position, readWaitMs).then(() => undefined);
    },
    reach: (position) =>
      readPosition.current() >= position
        ? Promise.resolve(true)
        : readPosition.waitFor(position, readWaitMs),
  };
};
