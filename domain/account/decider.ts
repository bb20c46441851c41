import { left, right, type Either } from 'fp-ts/lib/Either.js';
import { type Decider } from '../shared/decider.ts';
import { type UserId } from '../shared/ids.ts';
import { type Sealed } from '../shared/sealed.ts';
import { type Timestamp } from '../shared/timestamp.ts';
import { type AccountEvent } from './events.ts';
import { canonicalUsername, Username } from './username.ts';

/** Null until registered. An erased account has no name. */
export type Account = {
  readonly userId: UserId;
  readonly username: Sealed; // As last typed
  readonly registeredAt: Timestamp;
  readonly aboutMarkdown: Sealed;
} | null;

export type RegisterAccount = {
  readonly userId: UserId;
  readonly username: Username;
  readonly at: Timestamp;
};
export type UpdateProfile = {
  readonly userId: UserId;
  readonly username?: Username | undefined;
  readonly aboutMarkdown?: string | undefined;
  readonly at: Timestamp;
};
export type AccountCommand =
  | { readonly type: 'RegisterAccount'; readonly data: RegisterAccount }
  | { readonly type: 'UpdateProfile'; readonly data: UpdateProfile }
  | {
      readonly type: 'LapseNameClaim';
      readonly data: { readonly userId: UserId; readonly at: Timestamp };
    };
export type AccountRejection = { readonly type: 'AlreadyRegistered' | 'NoSuchAccount' };

type Decision = Either<AccountRejection, readonly AccountEvent[]>;

/** Whether the account goes by this name, however it is written. */
export const bearsName = (account: Account, name: Username): boolean =>
  account !== null &&
  Username.is(account.username) &&
  canonicalUsername(account.username) === canonicalUsername(name);

const updateProfile = (command: UpdateProfile, account: Account): Decision => {
  // Who was erased has no profile any more.
  if (account === null || account.username === null) return left({ type: 'NoSuchAccount' });
  const { userId, at } = command;
  const username = command.username === account.username ? undefined : command.username;
  const aboutMarkdown =
    command.aboutMarkdown === account.aboutMarkdown ? undefined : command.aboutMarkdown;
  if (username === undefined && aboutMarkdown === undefined) return right([]); // Already as asked.
  const changed = {
    ...(username !== undefined && { username }),
    ...(aboutMarkdown !== undefined && { aboutMarkdown }),
  };
  return right([{ type: 'ProfileUpdated', data: { userId, at, ...changed } }]);
};

const decide = (command: AccountCommand, state: Account): Decision => {
  switch (command.type) {
    case 'RegisterAccount':
      return state === null
        ? right([{ type: 'AccountRegistered', data: command.data }])
        : left({ type: 'AlreadyRegistered' });
    case 'UpdateProfile':
      return updateProfile(command.data, state);
    case 'LapseNameClaim':
      return right([{ type: 'NameClaimLapsed', data: command.data }]);
  }
};

const evolve = (state: Account, { type, data }: AccountEvent): Account => {
  switch (type) {
    case 'AccountRegistered': {
      const { userId, username, at } = data;
      return { userId, username, registeredAt: at, aboutMarkdown: '' };
    }
    case 'ProfileUpdated': {
      if (state === null) return null;
      const { username = state.username, aboutMarkdown = state.aboutMarkdown } = data;
      return { ...state, username, aboutMarkdown };
    }
    case 'NameClaimLapsed':
      return state;
  }
};

export const account: Decider<AccountCommand, Account, AccountEvent, AccountRejection> = {
  initialState: null,
  decide,
  evolve,
};
