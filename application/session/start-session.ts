import { isLeft, left, right, type Either } from 'fp-ts/lib/Either.js';
import type * as t from 'io-ts';
import { session } from '../../domain/session/decider.ts';
import { type SessionId, type UserId } from '../../domain/shared/ids.ts';
import { type Tokens } from '../contract/answers.ts';
import { type Position } from '../event-store/event-log.ts';
import { type CommandContext, type EventStore } from '../event-store/event-store.ts';
import { appendFailure } from '../execute.ts';
import { type Failure } from '../failure.ts';
import { type Limits } from '../limits.ts';
import { type Clock, type NewId } from '../ports.ts';
import { type IssueAccessToken } from './access-tokens.ts';
import { sessionStream, type RevokeSession } from './revoke-session.ts';
import { type SessionVault } from './session-vault.ts';

// Sign-ins that race past the cap leave a few sessions too many; the next one ends up to this many of them.
const SURPLUS_MAX = 16;

export type StartedSession = {
  readonly tokens: t.OutputOf<typeof Tokens>;
  readonly sessionId: SessionId;
  readonly position: Position;
};
export type StartSession = (request: {
  readonly userId: UserId;
  readonly username: string;
  readonly context: CommandContext;
}) => Promise<Either<Failure, StartedSession>>;

export type StartSessionPorts = {
  readonly store: Pick<EventStore, 'append'>;
  readonly vault: Pick<SessionVault, 'begin' | 'liveSessions'>;
  readonly issueAccessToken: IssueAccessToken;
  readonly revokeSession: RevokeSession;
  readonly limits: Pick<Limits, 'accessTokenSecs' | 'sessionsPerUserMax'>;
  readonly clock: Clock;
  readonly newId: NewId;
};

/** Begins a session and hands out its first tokens; the person's oldest sessions end when there are too many. */
export const startSession = ({
  store,
  vault,
  issueAccessToken,
  revokeSession,
  limits: { accessTokenSecs, sessionsPerUserMax },
  clock,
  newId,
}: StartSessionPorts): StartSession => {
  const makeRoom = async (userId: UserId, context: CommandContext) => {
    const live = await vault.liveSessions({
      userId,
      now: clock.now(),
      limit: sessionsPerUserMax + SURPLUS_MAX,
    });
    const surplus = live.slice(0, Math.max(0, live.length + 1 - sessionsPerUserMax));
    for (const { sessionId } of surplus)
      await revokeSession({ sessionId, userId, reason: 'expiry', context });
  };

  return async ({ userId, username, context }) => {
    const by = { ...context, actor: `user:${userId}` };
    await makeRoom(userId, by);
    const now = clock.now();
    const sessionId = newId<'Session'>();
    const fresh = vault.begin({ sessionId, userId, now });
    const decided = session.decide(
      { type: 'StartSession', data: { sessionId, userId, at: now } },
      session.initialState,
    );
    if (isLeft(decided)) return left({ type: 'Conflict' });
    const { token } = await issueAccessToken({
      userId,
      sessionId,
      username,
      tokenId: fresh.tokenId,
      issuedAt: now,
    });
    const appended = await store.append({
      stream: sessionStream(sessionId),
      expected: 'no_stream',
      events: decided.right,
      vault: [fresh.write],
      context: by,
    })();
    if (isLeft(appended))
      return left(
        appended.left.type === 'AlreadyDone' ? { type: 'Conflict' } : appendFailure(appended.left),
      );
    return right({
      tokens: {
        access_token: token,
        refresh_token: fresh.refreshToken,
        expires_in_secs: accessTokenSecs,
      },
      sessionId,
      position: appended.right.position,
    });
  };
};
