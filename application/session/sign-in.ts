import { isLeft, left, type Either } from 'fp-ts/lib/Either.js';
import { bearsName } from '../../domain/account/decider.ts';
import { isPassword } from '../../domain/account/password-rule.ts';
import { canonicalUsername, Username } from '../../domain/account/username.ts';
import { type UserId } from '../../domain/shared/ids.ts';
import { type Accounts } from '../account/accounts.ts';
import { type PasswordVault } from '../account/password-vault.ts';
import { type Passwords } from '../account/passwords.ts';
import { type CommandContext } from '../event-store/event-store.ts';
import { UNAUTHENTICATED, type Failure } from '../failure.ts';
import { type Clock } from '../ports.ts';
import { type SignInLock } from './sign-in-lock.ts';
import { type StartedSession, type StartSession } from './start-session.ts';

export type SignInPorts = {
  readonly accounts: Accounts;
  readonly passwordVault: PasswordVault;
  readonly passwords: Passwords;
  readonly lock: SignInLock;
  readonly startSession: StartSession;
  readonly clock: Clock;
};

// Looked up when the name is nobody's or no name at all, so that the same questions are asked of the database.
const NOBODY = '7ZZZZZZZZZZZZZZZZZZZZZZZZZ' as UserId;
const NO_NAME = 'no.name' as Username;

/**
 * Exchanges name and password for a session. Every failure is the same failure after the same work: no such name, a name
 * that can't be one, a wrong password, a locked name.
 */
export const signIn = ({
  accounts,
  passwordVault,
  passwords,
  lock,
  startSession,
  clock,
}: SignInPorts) => {
  const refreshHash = async (userId: UserId, from: string, password: string) => {
    if (!passwords.isOutdated(from)) return;
    const to = await passwords.hash(password);
    // When the queue is full, the next sign-in does it.
    if (!isLeft(to)) await passwordVault.rehash({ userId, from, to: to.right });
  };

  return async (request: {
    readonly username: string;
    readonly password: string;
    readonly context: CommandContext;
  }): Promise<Either<Failure, StartedSession>> => {
    const decoded = Username.decode(request.username);
    const name = isLeft(decoded) ? null : decoded.right;
    const { state: holder } = await accounts.holder(name ?? NO_NAME);
    const known = await passwordVault.phcOf(holder ?? NOBODY);
    const isPlausible = name !== null && isPassword(request.password);
    const phc = isPlausible && holder !== null ? known : null;
    const verified = await passwords.verify(phc, isPlausible ? request.password : '');
    if (isLeft(verified)) return verified;
    if (name === null) return left(UNAUTHENTICATED);
    const lockedName = canonicalUsername(name);
    // After the work, so that a locked name takes as long as any other.
    if (lock.isLocked(lockedName, clock.now())) return left(UNAUTHENTICATED);
    if (!verified.right || holder === null || phc === null) {
      lock.failed(lockedName, clock.now());
      return left(UNAUTHENTICATED);
    }
    const { state: account } = await accounts.account(holder);
    // A change of name may have left this one reserved for them, but it is not theirs.
    if (account === null || account.username === null || !bearsName(account, name)) {
      lock.failed(lockedName, clock.now());
      return left(UNAUTHENTICATED);
    }
    lock.succeeded(lockedName);
    await refreshHash(holder, phc, request.password);
    const { username } = account;
    return startSession({ userId: holder, username, context: request.context });
  };
};
export type SignIn = ReturnType<typeof signIn>;
