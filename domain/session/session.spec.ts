import { specFor } from '../shared/testing/spec-for.ts';
import { noon, userNo } from '../shared/testing/samples.ts';
import { type SessionId } from '../shared/ids.ts';
import { session, type SessionCommand } from './decider.ts';
import { type RevocationReason, type SessionEvent } from './events.ts';

const who = { sessionId: '01J00000000000000000000001' as SessionId, userId: userNo(1), at: noon };
const start: SessionCommand = { type: 'StartSession', data: who };
const revoke = (reason: RevocationReason): SessionCommand => ({
  type: 'RevokeSession',
  data: { ...who, reason },
});
const started: SessionEvent = { type: 'SessionStarted', data: who };
const revoked: SessionEvent = { type: 'SessionRevoked', data: { ...who, reason: 'logout' } };

describe('a session', () => {
  const { given } = specFor(session);
  it('starts once', () => {
    given().when(start).thenEmits(started);
    given(started).when(start).thenRejects({ type: 'AlreadyStarted' });
  });
  it('is revoked once, for the first reason', () => {
    given(started).when(revoke('logout')).thenEmits(revoked);
    given(started, revoked).when(revoke('replay')).thenEmits();
  });
  it('cannot be revoked before it started', () =>
    given().when(revoke('replay')).thenRejects({ type: 'NotStarted' }));
});
