// Friends: their commands and routes.
import { type AccountReader } from '../../application/account/account-reader.ts';
import { createAccounts } from '../../application/account/accounts.ts';
import { createExecute } from '../../application/execute.ts';
import {
  createAcceptFriendRequest,
  createDeleteFriendRequest,
} from '../../application/friendship/answer-friend-request.ts';
import { type FriendReader } from '../../application/friendship/friend-reader.ts';
import { createFriendshipStates } from '../../application/friendship/friendships.ts';
import {
  createListFriendRequests,
  createListFriends,
} from '../../application/friendship/list-friends.ts';
import { createRemoveFriend } from '../../application/friendship/remove-friend.ts';
import { createRequestFriendship } from '../../application/friendship/request-friendship.ts';
import { type NewId, type ReadPosition } from '../../application/ports.ts';
import { createTurns } from '../../application/turns.ts';
import { createUsernameStream } from '../auth/username-stream.ts';
import { friendRoutes } from '../http/friend-routes.ts';
import { type Route } from '../http/route.ts';
import { type Foundation } from './foundation.ts';

type Wanted = {
  readonly newId: NewId;
  readonly people: AccountReader;
  readonly friends: FriendReader;
  readonly readPosition: ReadPosition;
};

export const createFriendRoutes = (
  {
    config,
    secrets,
    store,
    clock,
    newUuid,
  }: Pick<Foundation, 'config' | 'secrets' | 'store' | 'clock' | 'newUuid'>,
  { newId, people, friends, readPosition }: Wanted,
): readonly Route[] => {
  const { limits } = config;
  const ports = {
    friends,
    execute: createExecute({ store, turns: createTurns(), newEventId: newUuid }),
    states: createFriendshipStates(store),
    turns: createTurns(),
    readPosition,
    clock,
    limits,
  };
  const usernameStream = createUsernameStream(secrets.masterKey);
  const accounts = createAccounts({ store, usernameStream });
  return friendRoutes({
    listFriends: createListFriends(ports),
    listFriendRequests: createListFriendRequests(ports),
    requestFriendship: createRequestFriendship({ ...ports, people, accounts, newId }),
    acceptFriendRequest: createAcceptFriendRequest(ports),
    deleteFriendRequest: createDeleteFriendRequest(ports),
    removeFriend: createRemoveFriend(ports),
  });
};
