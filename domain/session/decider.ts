import { left, right } from 'fp-ts/lib/Either.js';
import { type Decider } from '../shared/decider.ts';
import { type SessionId, type UserId } from '../shared/ids.ts';
import { type Timestamp } from '../shared/timestamp.ts';
import { type RevocationReason, type SessionEvent } from './events.ts';

export type Session = { readonly userId: UserId; readonly revoked: boolean } | null;

type Who = { readonly sessionId: SessionId; readonly userId: UserId; readonly at: Timestamp };
export type SessionCommand =
  | { readonly type: 'StartSession'; readonly data: Who }
  | { readonly type: 'RevokeSession'; readonly data: Who & { readonly reason: RevocationReason } };
export type SessionRejection = { readonly type: 'AlreadyStarted' | 'NotStarted' };

export const session: Decider<SessionCommand, Session, SessionEvent, SessionRejection> = {
  initialState: null,
  decide: ({ type, data }, state) => {
    switch (type) {
      case 'StartSession':
        return state === null
          ? right([{ type: 'SessionStarted', data }])
          : left({ type: 'AlreadyStarted' });
      case 'RevokeSession':
        if (state === null) return left({ type: 'NotStarted' });
        // The first reason stands.
        return right(state.revoked ? [] : [{ type: 'SessionRevoked', data }]);
    }
  },
  evolve: (state, { type, data }) => ({
    userId: data.userId,
    revoked: type === 'SessionRevoked' || (state?.revoked ?? false),
  }),
};
