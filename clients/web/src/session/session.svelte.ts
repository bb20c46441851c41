/* eslint-disable max-lines-per-function -- A factory of state is a list of short functions over that state. */
// Who is signed in here, in this tab and in the others.
import { isLeft, left, right } from 'fp-ts/lib/Either.js';
import * as t from 'io-ts';
import { Accepted, Profile, Tokens } from '../../../../application/contract/answers.ts';
import { type Answer, type Send } from '../api/http.ts';
import { type SessionStore, type StoredSession, SESSION_ITEM } from './stored-session.ts';
import { createTokenKeeper, type Exclusively } from './token-keeper.ts';

export type SignedIn = { readonly userId: string; readonly username: string };

export type Credentials = { readonly username: string; readonly password: string };

const viewOf = (stored: StoredSession | null): SignedIn | null =>
  stored === null ? null : { userId: stored.userId, username: stored.username };

/** The session of this browser; `person` is null while nobody is signed in. */
export const createSession = ({
  send,
  store,
  exclusively,
  freshKey,
  now,
}: {
  readonly send: Send;
  readonly store: SessionStore;
  readonly exclusively: Exclusively;
  readonly freshKey: () => string;
  readonly now: () => number;
}) => {
  let person = $state.raw<SignedIn | null>(viewOf(store.read()));
  let endedByServer = $state(false);
  const keeper = createTokenKeeper({
    send,
    store,
    exclusively,
    freshKey,
    now,
    onEnded: () => {
      person = null;
      endedByServer = true;
    },
  });

  const signIn = async (credentials: Credentials): Promise<Answer<null>> => {
    const tokens = await send(
      { method: 'POST', path: '/auth/login', body: credentials, codec: Tokens },
      null,
    );
    if (isLeft(tokens)) return tokens;
    const profile = await send({ path: '/auth/me', codec: Profile }, tokens.right.access_token);
    if (isLeft(profile)) return profile;
    keeper.accept(tokens.right);
    store.write({
      refreshToken: tokens.right.refresh_token,
      rotationKey: freshKey(),
      userId: profile.right.user_id,
      username: profile.right.username,
    });
    endedByServer = false;
    person = { userId: profile.right.user_id, username: profile.right.username };
    return right(null);
  };

  const signUp = async (credentials: Credentials): Promise<Answer<null>> => {
    const accepted = await send(
      { method: 'POST', path: '/auth/register', body: credentials, codec: Accepted },
      null,
    );
    if (isLeft(accepted)) return accepted;
    const signedIn = await signIn(credentials);
    // Registering an existing name is answered like any other; only the sign-in that follows can tell.
    return isLeft(signedIn) && signedIn.left.type === 'Refused' && signedIn.left.status === 401
      ? left({ type: 'Refused', status: 409, code: 'name_taken' })
      : signedIn;
  };

  const signOut = async () => {
    const stored = store.read();
    store.clear();
    keeper.forget();
    endedByServer = false;
    person = null;
    if (stored === null) return;
    // Best effort: offline, the session ends by its own time.
    await send(
      {
        method: 'POST',
        path: '/auth/logout',
        body: { refresh_token: stored.refreshToken },
        codec: t.unknown,
      },
      null,
    );
  };

  /** Follows what another tab did: rotation is fine, another person or nobody is not. */
  const followStorage = (event: StorageEvent) => {
    if (event.key !== null && event.key !== SESSION_ITEM) return;
    const stored = viewOf(store.read());
    if (stored?.userId === person?.userId) return;
    keeper.forget();
    person = stored;
  };

  return {
    get person() {
      return person;
    },
    get endedByServer() {
      return endedByServer;
    },
    tokens: { accessToken: keeper.accessToken, renew: keeper.renew },
    signIn,
    signUp,
    signOut,
    followStorage,
  };
};

export type Session = ReturnType<typeof createSession>;
