import { isLeft, right, left, type Either } from 'fp-ts/lib/Either.js';
import { session } from '../../domain/session/decider.ts';
import { SESSION_EVENTS, type RevocationReason } from '../../domain/session/events.ts';
import { type SessionId, type UserId } from '../../domain/shared/ids.ts';
import { createUncachedStreams } from '../access/folded-streams.ts';
import { type Position } from '../event-store/event-log.ts';
import { type CommandContext, type EventStore } from '../event-store/event-store.ts';
import { appendFailure } from '../execute.ts';
import { type Failure } from '../failure.ts';
import { type Clock } from '../ports.ts';

export const sessionStream = (sessionId: SessionId) => `session-${sessionId}`;

/** Ends a session in log and vault at once. Null: it had ended before. */
export type RevokeSession = (request: {
  readonly sessionId: SessionId;
  readonly userId: UserId;
  readonly reason: RevocationReason;
  readonly context: CommandContext;
}) => Promise<Either<Failure, Position | null>>;

export const revokeSession = ({
  store,
  clock,
  forget,
}: {
  readonly store: Pick<EventStore, 'load' | 'append'>;
  readonly clock: Clock;
  /** Makes this process forget the session's access tokens at once; others hear of it through the log. */
  readonly forget: (sessionId: SessionId) => void;
}): RevokeSession => {
  const states = createUncachedStreams({
    store,
    folding: { decider: session, kinds: SESSION_EVENTS },
  });
  return async ({ sessionId, userId, reason, context }) => {
    const stream = sessionStream(sessionId);
    const { state, revision } = await states.get(stream);
    const decided = session.decide(
      { type: 'RevokeSession', data: { sessionId, userId, reason, at: clock.now() } },
      state,
    );
    if (isLeft(decided) || decided.right.length === 0) {
      forget(sessionId);
      return right(null);
    }
    const appended = await store.append({
      stream,
      expected: revision,
      events: decided.right,
      vault: [{ kind: 'session_revoked', sessionId }],
      context,
    })();
    forget(sessionId);
    if (!isLeft(appended)) return right(appended.right.position);
    // Only a revocation can follow a start, so whoever was faster did the same.
    return appended.left.type === 'WrongExpectedRevision' || appended.left.type === 'AlreadyDone'
      ? right(null)
      : left(appendFailure(appended.left));
  };
};
