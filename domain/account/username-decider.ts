import { left, right, type Either } from 'fp-ts/lib/Either.js';
import { type Decider } from '../shared/decider.ts';
import { type UserId } from '../shared/ids.ts';
import { type Timestamp } from '../shared/timestamp.ts';
import { type UsernameEvent } from './events.ts';

/** Whose name it is; null while nobody's. */
export type UsernameHolder = UserId | null;

type Claim = { readonly userId: UserId; readonly at: Timestamp };
export type UsernameCommand =
  | {
      readonly type: 'ReserveUsername';
      /** `from`: whose claim to it has lapsed, so that it may be taken from them. */
      readonly data: Claim & { readonly from?: UserId | undefined };
    }
  | { readonly type: 'ReleaseUsername'; readonly data: Claim };
export type UsernameRejection = { readonly type: 'UsernameTaken' };

type Decision = Either<UsernameRejection, readonly UsernameEvent[]>;

// The holder's own claim is written again: each attempt to take a name must show in its stream, or what one attempt saw
// there could be true no more when another has used it.
const decide = ({ type, data }: UsernameCommand, holder: UsernameHolder): Decision => {
  const { userId, at } = data;
  switch (type) {
    case 'ReserveUsername':
      return holder === null || holder === userId || holder === data.from
        ? right([{ type: 'UsernameReserved', data: { userId, at } }])
        : left({ type: 'UsernameTaken' });
    case 'ReleaseUsername':
      return right(holder === userId ? [{ type: 'UsernameReleased', data: { userId, at } }] : []);
  }
};

export const usernameReservation: Decider<
  UsernameCommand,
  UsernameHolder,
  UsernameEvent,
  UsernameRejection
> = {
  initialState: null,
  decide,
  evolve: (holder, { type, data }) => {
    switch (type) {
      case 'UsernameReserved':
        return data.userId;
      case 'UsernameReleased':
        return holder === data.userId ? null : holder;
    }
  },
};
