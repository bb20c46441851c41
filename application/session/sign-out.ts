import { left, right, type Either } from 'fp-ts/lib/Either.js';
import { type Position } from '../event-store/event-log.ts';
import { type CommandContext } from '../event-store/event-store.ts';
import { UNAUTHENTICATED, type Failure } from '../failure.ts';
import { type RevokeSession } from './revoke-session.ts';
import { type SessionVault } from './session-vault.ts';

/** Ends the session whose current refresh token this is. Doing so twice is answered alike. */
export const signOut =
  ({
    vault,
    revokeSession,
  }: {
    readonly vault: Pick<SessionVault, 'holderOf'>;
    readonly revokeSession: RevokeSession;
  }) =>
  async ({
    refreshToken,
    context,
  }: {
    readonly refreshToken: string;
    readonly context: CommandContext;
  }): Promise<Either<Failure, Position | null>> => {
    const state = await vault.holderOf(refreshToken);
    if (state === null) return left(UNAUTHENTICATED);
    if (state.revoked) return right(null);
    const { sessionId, userId } = state;
    return revokeSession({
      sessionId,
      userId,
      reason: 'logout',
      context: { ...context, actor: `user:${userId}` },
    });
  };
export type SignOut = ReturnType<typeof signOut>;
