import type * as t from 'io-ts';
import { left, right, type Either } from 'fp-ts/lib/Either.js';
import { type Decider } from '../shared/decider.ts';
import { type PictureId, type UserId } from '../shared/ids.ts';
import { type Sealed } from '../shared/sealed.ts';
import { type Timestamp, unixSeconds } from '../shared/timestamp.ts';
import { type AccountEvent, type PictureKind } from './events.ts';
import { canonicalUsername, Username } from './username.ts';

/** Bytes are a blob; `version` grows with each picture of a kind. */
export type Picture = { readonly pictureId: PictureId; readonly version: number };

/** Null until registered. An erased account has no name. */
export type Account = {
  readonly userId: UserId;
  readonly username: Sealed; // As last typed
  readonly registeredAt: Timestamp;
  readonly aboutMarkdown: Sealed;
  readonly pictures: { readonly [Kind in PictureKind]: Picture | null };
  readonly isErased: boolean;
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
export type ChangePicture = {
  readonly userId: UserId;
  readonly kind: PictureKind;
  readonly pictureId: PictureId;
  readonly mimeType: string;
  readonly sizeBytes: t.Int;
  readonly sha256Hex: string;
  readonly at: Timestamp;
};
export type AccountCommand =
  | { readonly type: 'RegisterAccount'; readonly data: RegisterAccount }
  | { readonly type: 'UpdateProfile'; readonly data: UpdateProfile }
  | { readonly type: 'ChangePicture'; readonly data: ChangePicture }
  | {
      readonly type: 'LapseNameClaim' | 'EraseAccount';
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

// At least the time, so that clients, who ask for a picture by its version, never see an old one under a new number.
const changePicture = (data: ChangePicture, account: Account): Decision => {
  if (account === null || account.username === null) return left({ type: 'NoSuchAccount' });
  const before = account.pictures[data.kind]?.version ?? 0;
  const version = Math.max(before + 1, unixSeconds(data.at)) as t.Int;
  return right([{ type: 'ProfilePictureChanged', data: { ...data, version } }]);
};

const decide = (command: AccountCommand, state: Account): Decision => {
  switch (command.type) {
    case 'RegisterAccount':
      return state === null
        ? right([{ type: 'AccountRegistered', data: command.data }])
        : left({ type: 'AlreadyRegistered' });
    case 'UpdateProfile':
      return updateProfile(command.data, state);
    case 'ChangePicture':
      return changePicture(command.data, state);
    case 'LapseNameClaim':
      return right([{ type: 'NameClaimLapsed', data: command.data }]);
    case 'EraseAccount':
      if (state === null) return left({ type: 'NoSuchAccount' });
      return right(state.isErased ? [] : [{ type: 'AccountErased', data: command.data }]);
  }
};

const evolve = (state: Account, { type, data }: AccountEvent): Account => {
  switch (type) {
    case 'AccountRegistered': {
      const { userId, username, at } = data;
      const pictures = { avatar: null, banner: null };
      return { userId, username, registeredAt: at, aboutMarkdown: '', pictures, isErased: false };
    }
    case 'ProfileUpdated': {
      if (state === null) return null;
      const { username = state.username, aboutMarkdown = state.aboutMarkdown } = data;
      return { ...state, username, aboutMarkdown };
    }
    case 'ProfilePictureChanged': {
      if (state === null) return null;
      const { kind, pictureId, version } = data;
      return { ...state, pictures: { ...state.pictures, [kind]: { pictureId, version } } };
    }
    case 'NameClaimLapsed':
      return state;
    case 'AccountErased': {
      if (state === null) return null;
      const pictures = { avatar: null, banner: null };
      return { ...state, username: null, aboutMarkdown: null, pictures, isErased: true };
    }
  }
};

export const account: Decider<AccountCommand, Account, AccountEvent, AccountRejection> = {
  initialState: null,
  decide,
  evolve,
};
