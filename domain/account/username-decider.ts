import { right } from 'fp-ts/lib/Either.js';
import { type Decider } from '../shared/decider.ts';
import { type UserId } from '../shared/ids.ts';
import { type Timestamp } from '../shared/timestamp.ts';
import { type UsernameEvent } from './events.ts';

/** Whose name it is; null while nobody's. */
export type UsernameHolder = UserId | null;

export type ReserveUsername = { readonly userId: UserId; readonly at: Timestamp };

/** A name that has a holder keeps it: nothing happens, and the state tells who it is. */
export const usernameReservation: Decider<ReserveUsername, UsernameHolder, UsernameEvent, never> = {
  initialState: null,
  decide: (data, holder) => right(holder === null ? [{ type: 'UsernameReserved', data }] : []),
  evolve: (holder, { type, data }) => {
    switch (type) {
      case 'UsernameReserved':
        return data.userId;
      case 'UsernameReleased':
        return holder === data.userId ? null : holder;
    }
  },
};
