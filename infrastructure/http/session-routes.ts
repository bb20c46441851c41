import { map } from 'fp-ts/lib/Either.js';
import * as t from 'io-ts';
import { Tokens } from '../../application/contract/answers.ts';
import { closed } from '../../application/contract/closed.ts';
import { type RefreshSession } from '../../application/session/refresh-session.ts';
import { type SignIn } from '../../application/session/sign-in.ts';
import { type SignOut } from '../../application/session/sign-out.ts';
import { type StartedSession } from '../../application/session/start-session.ts';
import { type Position } from '../../application/event-store/event-log.ts';
import { route, type Route } from './route.ts';

export type SessionRoutesPorts = {
  readonly signIn: SignIn;
  readonly refreshSession: RefreshSession;
  readonly signOut: SignOut;
};

/** Signing in and out, and keeping a session alive. */
export const sessionRoutes = ({
  signIn,
  refreshSession,
  signOut,
}: SessionRoutesPorts): readonly Route[] => [
  route({
    method: 'POST',
    url: '/auth/login',
    auth: 'none',
    summary: 'Exchanges name and password for a session; every failure looks the same.',
    answer: Tokens,
    failures: ['invalid_credentials', 'conflict'],
    limit: 'login',
    // Any bad name or password is the same refusal, also one with a NUL.
    nulAllowed: true,
    // The first web client repeats its registration's captcha token here; it is taken and ignored.
    body: closed({ username: t.string, password: t.string }, { captcha_token: t.unknown }),
    handle: async ({ body: { username, password }, context }) =>
      map(({ tokens, sessionId, position }: StartedSession) => ({
        answer: tokens,
        position,
        writer: sessionId,
      }))(await signIn({ username, password, context })),
  }),
  route({
    method: 'POST',
    url: '/auth/refresh',
    auth: 'none',
    summary: 'Renews a session: new tokens for old ones, which must not be used again.',
    answer: Tokens,
    failures: ['invalid_credentials', 'conflict'],
    limit: 'refresh',
    body: closed({ refresh_token: t.string }, {}),
    handle: async ({ body, idempotencyKey, context }) =>
      map((tokens: unknown) => ({ answer: tokens, position: null }))(
        await refreshSession({ refreshToken: body.refresh_token, idempotencyKey, context }),
      ),
  }),
  route({
    method: 'POST',
    url: '/auth/logout',
    auth: 'none',
    summary: 'Ends the session whose current refresh token is given.',
    answer: null,
    failures: ['invalid_credentials', 'conflict'],
    status: 204,
    body: closed({ refresh_token: t.string }, {}),
    handle: async ({ body, context }) =>
      map((position: Position | null) => ({ answer: undefined, position }))(
        await signOut({ refreshToken: body.refresh_token, context }),
      ),
  }),
];
