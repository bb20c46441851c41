import { isLeft, left, map, type Either } from 'fp-ts/lib/Either.js';
import * as t from 'io-ts';
import { type GetProfile, type LookupUsers } from '../../application/account/profiles.ts';
import { type RegisterAccount } from '../../application/account/register-account.ts';
import { type Steadily } from '../../application/account/steady-answer.ts';
import { Accepted, Profile, UserLookup } from '../../application/contract/answers.ts';
import { closed } from '../../application/contract/closed.ts';
import { UNAUTHENTICATED, type Failure } from '../../application/failure.ts';
import { CrockfordUserId, userId } from './path-params.ts';
import { route, type Outcome, type Route } from './route.ts';

export type AccountRoutesPorts = {
  readonly registerAccount: RegisterAccount;
  readonly getProfile: GetProfile;
  readonly lookupUsers: LookupUsers;
  readonly steadily: Steadily;
};

/** An answer of a query, which changed nothing. */
const asOutcome = (result: Either<Failure, unknown>): Outcome =>
  map((answer: unknown) => ({ answer, position: null }))(result);

const register = ({ registerAccount, steadily }: AccountRoutesPorts) =>
  route({
    method: 'POST',
    url: '/auth/register',
    auth: 'none',
    summary: 'Makes an account; the answer is the same when the name is taken.',
    answer: Accepted,
    failures: ['captcha_failed', 'conflict'],
    limit: 'register',
    // A password may be any bytes; a name may not, and is refused with the other bad names.
    nulAllowed: true,
    body: closed({ username: t.string, password: t.string }, { captcha_token: t.string }),
    handle: async ({ body, clientAddress, context }) => {
      const { username, password, captcha_token: captchaToken } = body;
      const outcome = await steadily(() =>
        registerAccount({
          username,
          password,
          captchaToken: captchaToken ?? null,
          clientAddress,
          context,
        }),
      );
      // No position: only the registration of a free name has one, and it would tell.
      return map(() => ({ answer: { accepted: true }, position: null }))(outcome);
    },
  });

const lookup = ({ lookupUsers }: AccountRoutesPorts) =>
  route({
    method: 'POST',
    url: '/users/lookup',
    auth: 'bearer',
    summary: 'Names of up to 64 people, in the order asked; unknown ones are left out.',
    answer: UserLookup,
    failures: [],
    reads: true,
    body: closed({ user_ids: t.readonlyArray(t.string) }, {}),
    handle: async ({ body }) =>
      asOutcome(await lookupUsers(body.user_ids.map((id) => CrockfordUserId.decode(id)))),
  });

/** Registration, and what accounts show of themselves. */
export const accountRoutes = (ports: AccountRoutesPorts): readonly Route[] => [
  register(ports),
  lookup(ports),
  route({
    method: 'GET',
    url: '/auth/me',
    auth: 'bearer',
    summary: 'Your own profile.',
    answer: Profile,
    failures: [],
    handle: async ({ identity }) => {
      const profile = await ports.getProfile(identity.userId);
      // Signed in as somebody who is no more.
      return isLeft(profile) ? left(UNAUTHENTICATED) : asOutcome(profile);
    },
  }),
  route({
    method: 'GET',
    url: '/users/:userId/profile',
    auth: 'bearer',
    summary: 'A person’s profile.',
    answer: Profile,
    failures: ['not_found'],
    params: { userId },
    handle: async ({ params }) => asOutcome(await ports.getProfile(params.userId)),
  }),
];
