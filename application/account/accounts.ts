// The streams of accounts and names, as commands see them.
import { account, type Account } from '../../domain/account/decider.ts';
import { ACCOUNT_EVENTS, USERNAME_EVENTS } from '../../domain/account/events.ts';
import { canonicalUsername, type Username } from '../../domain/account/username.ts';
import { usernameReservation, type UsernameHolder } from '../../domain/account/username-decider.ts';
import { type UserId } from '../../domain/shared/ids.ts';
import {
  createUncachedStreams,
  type Folded,
  type FoldedStreams,
} from '../access/folded-streams.ts';
import { type EventStore } from '../event-store/event-store.ts';

/** Names the stream of a canonical name by a keyed hash: a stream's name can't be erased, so it must not tell. */
export type UsernameStream = (canonical: string) => string;

export type Accounts = {
  readonly states: FoldedStreams<Account>;
  readonly account: (userId: UserId) => Promise<Folded<Account>>;
  readonly accountStream: (userId: UserId) => string;
  readonly holder: (name: Username) => Promise<Folded<UsernameHolder>>;
  readonly usernameStream: (name: Username) => string;
};

export const createAccounts = ({
  store,
  usernameStream,
}: {
  readonly store: Pick<EventStore, 'load'>;
  readonly usernameStream: UsernameStream;
}): Accounts => {
  const states = createUncachedStreams({
    store,
    folding: { decider: account, kinds: ACCOUNT_EVENTS },
  });
  const nameStates = createUncachedStreams({
    store,
    folding: { decider: usernameReservation, kinds: USERNAME_EVENTS },
  });
  const accountStream = (userId: UserId) => `account-${userId}`;
  const streamOf = (name: Username) => usernameStream(canonicalUsername(name));
  return {
    states,
    account: (userId) => states.get(accountStream(userId)),
    accountStream,
    holder: (name) => nameStates.get(streamOf(name)),
    usernameStream: streamOf,
  };
};
