// What carries erasures out: a command of the operator, and the server for those that a command left half done.
import { createUncachedStreams } from '../../application/access/folded-streams.ts';
import { createAttachmentStates } from '../../application/attachment/attachment-streams.ts';
import { createDiscardAttachment } from '../../application/attachment/discard-attachment.ts';
import { type BlobStore } from '../../application/blob/blob-store.ts';
import { type CarryOutPorts } from '../../application/erasure/carry-out.ts';
import { type Position } from '../../application/event-store/event-log.ts';
import { createExecute } from '../../application/execute.ts';
import { createFriendshipStates } from '../../application/friendship/friendships.ts';
import { createMessageStreams } from '../../application/message/message-streams.ts';
import { revokeSession } from '../../application/session/revoke-session.ts';
import { createTurns } from '../../application/turns.ts';
import { USERNAME_EVENTS } from '../../domain/account/events.ts';
import { usernameReservation } from '../../domain/account/username-decider.ts';
import { membershipDecider } from '../../domain/membership/decider.ts';
import { MEMBERSHIP_EVENTS } from '../../domain/membership/events.ts';
import { createAppendReceipt } from '../erasure/append-receipt.ts';
import { createCaughtUp, createSweepReadModels } from '../erasure/read-models.ts';
import { createScopeDigest } from '../erasure/receipt.ts';
import { createForgetPerson } from '../vault/person-vault.ts';
import { createSessionVault } from '../vault/session-vault.ts';
import { type Foundation } from './foundation.ts';
import { notaryPorts } from './notary-slice.ts';

type Wanted = {
  readonly blobs: Pick<BlobStore, 'remove'>;
  readonly indexedTo: () => Promise<Position | null>;
  readonly waitMs: number; // For read models and index to follow
  readonly forgetSession?: (sessionId: Parameters<CarryOutPorts['revoke']>[0]['sessionId']) => void;
};

/** What signs receipts of this installation and has its log keep them. */
export const receiptPorts = (foundation: Foundation) =>
  createAppendReceipt({ ...notaryPorts(foundation) });

export const erasurePorts = (
  foundation: Foundation,
  { blobs, indexedTo, waitMs, forgetSession = () => {} }: Wanted,
): CarryOutPorts => {
  const { store, pool, clock, newUuid, secrets, contentKeys: keys, config } = foundation;
  const { limits } = config;
  const execute = createExecute({ store, turns: createTurns(), newEventId: newUuid });
  const membership = { decider: membershipDecider, kinds: MEMBERSHIP_EVENTS };
  const username = { decider: usernameReservation, kinds: USERNAME_EVENTS };
  let failure: unknown = null;
  const discard = createDiscardAttachment({
    ...{ execute, states: createAttachmentStates(store), blobs, keys, clock },
    onFailure: (error) => (failure = error),
  });
  return {
    ...{ execute, keys, blobs, clock, store, newUuid },
    messages: createMessageStreams(store),
    memberships: createUncachedStreams({ store, folding: membership }),
    friendships: createFriendshipStates(store),
    usernames: createUncachedStreams({ store, folding: username }),
    revoke: revokeSession({ store, clock, forget: forgetSession }),
    discard: async (wish) => {
      const isGone = await discard(wish);
      if (!isGone && failure instanceof Error) throw failure;
      return isGone;
    },
    sessions: createSessionVault({
      ...{ pool, masterKey: secrets.masterKey },
      idleSecs: limits.sessionIdleSecs,
      absoluteSecs: limits.sessionAbsoluteSecs,
    }),
    forgetPerson: createForgetPerson({ pool }),
    caughtUp: createCaughtUp({ pool, indexedTo, waitMs }),
    sweepReadModels: createSweepReadModels({ pool, store, clock, newUuid }),
    newDigest: createScopeDigest,
    receipt: receiptPorts(foundation),
  };
};
