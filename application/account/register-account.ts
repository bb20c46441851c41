import { isLeft, left, right, type Either } from 'fp-ts/lib/Either.js';
import { account } from '../../domain/account/decider.ts';
import { isPassword } from '../../domain/account/password-rule.ts';
import { Username } from '../../domain/account/username.ts';
import { type UserId } from '../../domain/shared/ids.ts';
import { type CommandContext, type EventStore } from '../event-store/event-store.ts';
import { appendFailure } from '../execute.ts';
import { INVALID, type Failure } from '../failure.ts';
import { type Clock, type NewId } from '../ports.ts';
import { type Accounts } from './accounts.ts';
import { isCaptchaToken, type VerifyCaptcha } from './captcha.ts';
import { claimUsername } from './claim-username.ts';
import { type Passwords } from './passwords.ts';

export type RegisterAccountRequest = {
  readonly username: string;
  readonly password: string;
  readonly captchaToken: string | null;
  readonly clientAddress: string | null;
  readonly context: CommandContext;
};

/** Right also when the name is taken: the answer tells nobody who has an account. */
export type RegisterAccount = (
  request: RegisterAccountRequest,
) => Promise<Either<Failure, undefined>>;

export type RegisterAccountPorts = {
  readonly accounts: Accounts;
  readonly store: Pick<EventStore, 'append'>;
  readonly passwords: Passwords;
  readonly verifyCaptcha: VerifyCaptcha | null; // Null: no captcha is asked for
  readonly clock: Clock;
  readonly newId: NewId;
};

const ACCEPTED: Either<Failure, undefined> = right(undefined);
const CAPTCHA_FAILED: Failure = { type: 'Refused', code: 'captcha_failed' };

type Valid = {
  readonly username: Username;
  readonly phc: string;
  readonly context: CommandContext;
};

/**
 * Makes an account in two appends: the name is reserved for a user id, then that user's account is written together with
 * its password. The second is what counts. Should the process die in between, the name points at an account that never
 * was: nobody can sign in with it, and the next who registers the name completes it with their own password. Two who try
 * at once both go for the same account stream, which must not exist yet, so exactly one wins. Nothing needs repair.
 */
export const registerAccount = ({
  accounts,
  store,
  passwords,
  verifyCaptcha,
  clock,
  newId,
}: RegisterAccountPorts): RegisterAccount => {
  const claim = claimUsername({ accounts, store, clock });
  const passesCaptcha = async ({ captchaToken, clientAddress }: RegisterAccountRequest) =>
    verifyCaptcha === null ||
    (captchaToken !== null &&
      isCaptchaToken(captchaToken) &&
      (await verifyCaptcha({ token: captchaToken, clientAddress })));

  const complete = async (userId: UserId, { username, phc, context }: Valid) => {
    const { state } = await accounts.account(userId);
    const decided = account.decide(
      { type: 'RegisterAccount', data: { userId, username, at: clock.now() } },
      state,
    );
    if (isLeft(decided)) return ACCEPTED;
    const appended = await store.append({
      stream: accounts.accountStream(userId),
      expected: 'no_stream',
      events: decided.right,
      vault: [{ kind: 'password', userId, phc }],
      context: { ...context, actor: `user:${userId}` },
    })();
    if (!isLeft(appended)) return ACCEPTED;
    return appended.left.type === 'WrongExpectedRevision' || appended.left.type === 'AlreadyDone'
      ? ACCEPTED
      : left(appendFailure(appended.left));
  };

  return async (request) => {
    if (!(await passesCaptcha(request))) return left(CAPTCHA_FAILED);
    const username = Username.decode(request.username);
    if (isLeft(username) || !isPassword(request.password)) return left(INVALID);
    // Before anyone looks whether the name is taken, so that the time it takes does not tell.
    const phc = await passwords.hash(request.password);
    if (isLeft(phc)) return phc;
    const valid = { username: username.right, phc: phc.right, context: request.context };
    const userId = newId<'User'>();
    const holder = await claim({
      name: valid.username,
      userId,
      adoptsUnmade: true,
      context: { ...valid.context, actor: `user:${userId}` },
    });
    if (isLeft(holder)) return holder;
    return holder.right === null ? ACCEPTED : complete(holder.right, valid);
  };
};
