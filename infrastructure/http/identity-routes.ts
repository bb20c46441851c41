// Accounts and sessions put together: the one place that knows how their commands hang on each other.
import { type OpenAbout } from '../../application/account/about-texts.ts';
import { type AccountReader } from '../../application/account/account-reader.ts';
import { createAccounts, type UsernameStream } from '../../application/account/accounts.ts';
import { type VerifyCaptcha } from '../../application/account/captcha.ts';
import { type PasswordVault } from '../../application/account/password-vault.ts';
import { type Passwords } from '../../application/account/passwords.ts';
import { getProfile, lookupUsers } from '../../application/account/profiles.ts';
import { registerAccount } from '../../application/account/register-account.ts';
import { type Steadily } from '../../application/account/steady-answer.ts';
import { createUpdateProfile } from '../../application/account/update-profile.ts';
import { type EventStore } from '../../application/event-store/event-store.ts';
import { createExecute } from '../../application/execute.ts';
import { type Limits } from '../../application/limits.ts';
import { type Clock, type NewId } from '../../application/ports.ts';
import { type IssueAccessToken } from '../../application/session/access-tokens.ts';
import { refreshSession } from '../../application/session/refresh-session.ts';
import { revokeSession } from '../../application/session/revoke-session.ts';
import { type SessionVault } from '../../application/session/session-vault.ts';
import { createSignInLock } from '../../application/session/sign-in-lock.ts';
import { signIn } from '../../application/session/sign-in.ts';
import { signOut } from '../../application/session/sign-out.ts';
import { startSession } from '../../application/session/start-session.ts';
import { createTurns } from '../../application/turns.ts';
import { type SessionId } from '../../domain/shared/ids.ts';
import { accountRoutes } from './account-routes.ts';
import { profileRoutes } from './profile-routes.ts';
import { type Route } from './route.ts';
import { sessionRoutes } from './session-routes.ts';

export type IdentityRoutesPorts = {
  readonly store: Pick<EventStore, 'append' | 'load'>;
  readonly usernameStream: UsernameStream;
  readonly reader: AccountReader;
  readonly openAbout: OpenAbout;
  readonly sessionVault: SessionVault;
  readonly passwordVault: PasswordVault;
  readonly passwords: Passwords;
  readonly issueAccessToken: IssueAccessToken;
  /** Makes this process forget a session's verified tokens. */
  readonly forgetSession: (sessionId: SessionId) => void;
  readonly verifyCaptcha: VerifyCaptcha | null; // Null: no captcha is asked for
  readonly steadily: Steadily;
  readonly limits: Limits;
  readonly clock: Clock;
  readonly newId: NewId;
  readonly newEventId: () => string; // UUIDs
};

/** The routes of base contract 2.2, and profiles. */
export const identityRoutes = (ports: IdentityRoutesPorts): readonly Route[] => {
  const { store, clock, reader, openAbout, sessionVault: vault, usernameStream } = ports;
  const accounts = createAccounts({ store, usernameStream });
  const revoke = revokeSession({ store, clock, forget: ports.forgetSession });
  const execute = createExecute({ store, turns: createTurns(), newEventId: ports.newEventId });
  const all = { ...ports, accounts, vault, execute, revokeSession: revoke };
  return [
    ...accountRoutes({
      registerAccount: registerAccount(all),
      getProfile: getProfile({ reader, openAbout, accounts }),
      lookupUsers: lookupUsers({ reader }),
      steadily: ports.steadily,
    }),
    ...profileRoutes({ updateProfile: createUpdateProfile(all) }),
    ...sessionRoutes({
      signIn: signIn({ ...all, lock: createSignInLock(), startSession: startSession(all) }),
      refreshSession: refreshSession(all),
      signOut: signOut({ vault, revokeSession: revoke }),
    }),
  ];
};
