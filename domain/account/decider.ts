import { left, right } from 'fp-ts/lib/Either.js';
import { type Decider } from '../shared/decider.ts';
import { type UserId } from '../shared/ids.ts';
import { type Sealed } from '../shared/sealed.ts';
import { type Timestamp } from '../shared/timestamp.ts';
import { type AccountEvent } from './events.ts';
import { type Username } from './username.ts';

/** Null until registered. An erased account has no name. */
export type Account = {
  readonly userId: UserId;
  readonly username: Sealed; // As first typed
  readonly registeredAt: Timestamp;
} | null;

export type RegisterAccount = {
  readonly userId: UserId;
  readonly username: Username;
  readonly at: Timestamp;
};
export type AccountRejection = { readonly type: 'AlreadyRegistered' };

export const account: Decider<RegisterAccount, Account, AccountEvent, AccountRejection> = {
  initialState: null,
  decide: (data, state) =>
    state === null
      ? right([{ type: 'AccountRegistered', data }])
      : left({ type: 'AlreadyRegistered' }),
  evolve: (_state, { data: { userId, username, at } }) => ({ userId, username, registeredAt: at }),
};
