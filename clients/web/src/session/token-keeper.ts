/* eslint-disable max-lines-per-function -- A factory of state is a list of short functions over that state. */
// Access tokens for requests and sockets, renewed before they end. Refresh tokens rotate, and a used one presented
// again ends the session, so of all tabs only one may rotate at a time: a Web Lock guards reading, sending and storing.
import { isLeft, left, right } from 'fp-ts/lib/Either.js';
import { Tokens } from '../../../../application/contract/answers.ts';
import { type Answer, type Send } from '../api/http.ts';
import { type TokenSource } from '../api/api.ts';
import { type SessionStore } from './stored-session.ts';

export type Exclusively = <A>(name: string, work: () => Promise<A>) => Promise<A>;

export type TokenKeeper = TokenSource & {
  readonly accept: (tokens: Tokens) => void;
  readonly forget: () => void;
};

const RENEW_BEFORE_END_MS = 60_000;
const LOCK = 'filament.session.rotation';
const NOBODY = { type: 'Refused', status: 401, code: 'invalid_credentials' } as const;

/**
 * Hands out access tokens.
 *
 * `onEnded` is called when the server says the session is over; a server that can't be reached ends nothing.
 */
export const createTokenKeeper = ({
  send,
  store,
  exclusively,
  freshKey,
  now,
  onEnded,
}: {
  readonly send: Send;
  readonly store: SessionStore;
  readonly exclusively: Exclusively;
  readonly freshKey: () => string;
  readonly now: () => number; // Milliseconds
  readonly onEnded: () => void;
}): TokenKeeper => {
  let current: { readonly token: string; readonly endsAt: number } | null = null;
  let running: Promise<Answer<string>> | null = null;

  const accept = (tokens: Tokens) => {
    current = {
      token: tokens.access_token,
      endsAt: now() + tokens.expires_in_secs * 1000,
    };
  };

  const rotate = async (): Promise<Answer<string>> => {
    const stored = store.read();
    if (stored === null) return left(NOBODY);
    const answer = await send(
      {
        method: 'POST',
        path: '/auth/refresh',
        body: { refresh_token: stored.refreshToken },
        idempotencyKey: stored.rotationKey,
        codec: Tokens,
      },
      null,
    );
    if (isLeft(answer)) {
      if (answer.left.type === 'Refused') {
        store.clear();
        current = null;
        onEnded();
      }
      return answer;
    }
    // Signed out meanwhile (here or in another tab): the new pair must not bring the session back.
    if (store.read()?.refreshToken !== stored.refreshToken) return left(NOBODY);
    store.write({
      ...stored,
      refreshToken: answer.right.refresh_token,
      rotationKey: freshKey(),
    });
    accept(answer.right);
    return right(answer.right.access_token);
  };

  const renewOnce = () => {
    running ??= exclusively(LOCK, rotate).finally(() => {
      running = null;
    });
    return running;
  };

  return {
    accept,
    forget: () => {
      current = null;
    },
    accessToken: async () =>
      current !== null && current.endsAt - RENEW_BEFORE_END_MS > now()
        ? right(current.token)
        : renewOnce(),
    renew: async (refused) =>
      current !== null && current.token !== refused ? right(current.token) : renewOnce(),
  };
};
