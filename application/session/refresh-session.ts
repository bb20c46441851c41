import { left, right, type Either } from 'fp-ts/lib/Either.js';
import type * as t from 'io-ts';
import { type UserId } from '../../domain/shared/ids.ts';
import { type AccountReader } from '../account/account-reader.ts';
import { type Accounts } from '../account/accounts.ts';
import { type Tokens } from '../contract/answers.ts';
import { type CommandContext } from '../event-store/event-store.ts';
import { UNAUTHENTICATED, type Failure } from '../failure.ts';
import { type Limits } from '../limits.ts';
import { type Clock } from '../ports.ts';
import { type IssueAccessToken } from './access-tokens.ts';
import { type RevokeSession } from './revoke-session.ts';
import { type SessionVault } from './session-vault.ts';

export type RefreshSessionPorts = {
  readonly vault: Pick<SessionVault, 'rotate'>;
  readonly issueAccessToken: IssueAccessToken;
  readonly revokeSession: RevokeSession;
  readonly reader: Pick<AccountReader, 'byId'>;
  readonly accounts: Pick<Accounts, 'account'>;
  readonly limits: Pick<Limits, 'accessTokenSecs'>;
  readonly clock: Clock;
};

// Longer than any token of ours; nothing longer is looked up.
const TOKEN_CHARS_MAX = 512;

/** Exchanges a refresh token for the next pair. A token that was already exchanged ends the session. */
export const refreshSession = ({
  vault,
  issueAccessToken,
  revokeSession,
  reader,
  accounts,
  limits: { accessTokenSecs },
  clock,
}: RefreshSessionPorts) => {
  const usernameOf = async (userId: UserId): Promise<string | null> =>
    ((await reader.byId(userId)) ?? (await accounts.account(userId)).state)?.username ?? null;

  return async (request: {
    readonly refreshToken: string;
    readonly idempotencyKey: string | null;
    readonly context: CommandContext;
  }): Promise<Either<Failure, t.OutputOf<typeof Tokens>>> => {
    const { refreshToken, idempotencyKey, context } = request;
    if (refreshToken.length === 0 || refreshToken.length > TOKEN_CHARS_MAX)
      return left(UNAUTHENTICATED);
    const rotation = await vault.rotate({ refreshToken, idempotencyKey, now: clock.now() });
    switch (rotation.type) {
      case 'Refused':
        return left(UNAUTHENTICATED);
      case 'Replayed': {
        const { sessionId, userId } = rotation;
        // The vault has ended the session already; a failure here only delays that others hear of it.
        await revokeSession({ sessionId, userId, reason: 'replay', context });
        return left(UNAUTHENTICATED);
      }
      case 'Rotated':
      case 'Repeated': {
        const { userId, sessionId, tokenId, issuedAt } = rotation;
        const username = await usernameOf(userId);
        if (username === null) return left(UNAUTHENTICATED);
        const { token } = await issueAccessToken({
          userId,
          sessionId,
          username,
          tokenId,
          issuedAt,
        });
        return right({
          access_token: token,
          refresh_token: rotation.refreshToken,
          expires_in_secs: accessTokenSecs,
        });
      }
    }
  };
};
export type RefreshSession = ReturnType<typeof refreshSession>;
