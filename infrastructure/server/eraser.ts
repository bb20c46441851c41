// Housekeeping's part in erasure: the keys of what was deleted, when their grace is over, and erasures of accounts that a
// command left half done, or in whose name something was written at the last moment.
import {
  createCarryOut,
  createHasMore,
  type ErasedAccounts,
} from '../../application/erasure/carry-out.ts';
import {
  createDestroyDeleted,
  type DeletedScopes,
  type IsDeleted,
} from '../../application/erasure/destroy-deleted.ts';
import { type EventLog, type Position } from '../../application/event-store/event-log.ts';
import { type Timestamp } from '../../domain/shared/timestamp.ts';
import { createErasureLock } from '../erasure/erasure-lock.ts';
import { erasuresKnown } from '../erasure/read-models.ts';
import { createScopeDigest } from '../erasure/receipt.ts';
import { type Log } from '../logging/log.ts';
import { createErasureProgress } from '../vault/erasure-progress.ts';
import { erasurePorts, receiptPorts } from './account-erasure.ts';
import { type Foundation, type ServerFoundation } from './foundation.ts';

// No request takes as long: what was under way when an account was erased is over by then.
const UNDER_WAY_MS = 60 * 60_000;
const ACCOUNTS_MAX = 100; // In one round
const WAIT_MS = 60_000;

/** The last word of the own stream of a message or an attachment: nothing follows a deletion but its being undone. */
const isDeletedIn =
  ({ readStream }: Pick<EventLog, 'readStream'>): IsDeleted =>
  async (scope) => {
    const [last] = await readStream(scope.replace(':', '-'), { backwards: true, limit: 1 });
    return last?.type === 'MessageDeleted' || last?.type === 'AttachmentDeleted';
  };

export const createEraser = (
  foundation: Foundation,
  { deletedScopes: deleted }: { readonly deletedScopes: DeletedScopes },
  log: Log,
): (() => Promise<void>) => {
  const { store, eventLog, pool, contentKeys: keys, clock, newUuid, config } = foundation;
  const progress = createErasureProgress({ pool });
  const destroyDeleted = createDestroyDeleted({
    ...{ start: store.start, deleted, progress, keys, clock, newUuid, limits: config.limits },
    ...{ newDigest: createScopeDigest, receipt: receiptPorts(foundation) },
    isDeleted: isDeletedIn(eventLog),
    alone: createErasureLock({ pool }),
  });
  return async () => {
    const destroyed = await destroyDeleted();
    if (destroyed > 0) log.info({ event: 'vault.keys_destroyed', destroyed });
  };
};

/** One round over erased accounts: those not carried out, and those that may have left something behind. */
export const createAccountEraser = (
  foundation: ServerFoundation,
  {
    erasedAccounts,
    indexedTo,
  }: {
    readonly erasedAccounts: ErasedAccounts;
    readonly indexedTo: () => Promise<Position | null>;
  },
  log: Log,
): ((stopping: AbortSignal) => Promise<void>) => {
  const { pool, blobs, clock, store } = foundation;
  const ports = erasurePorts(foundation, { blobs, indexedTo, waitMs: WAIT_MS });
  const carryOut = createCarryOut(ports);
  const hasMore = createHasMore(ports);
  const alone = createErasureLock({ pool });
  const round = async () => {
    const since = (clock.now() - UNDER_WAY_MS) as Timestamp;
    for (const { userId, position, receiptAt } of await erasedAccounts(since, ACCOUNTS_MAX)) {
      if (receiptAt !== null && !(await hasMore(userId, receiptAt))) continue;
      const { type, destroyed } = await carryOut(userId, position);
      log.info({ event: 'account.erased', userId, outcome: type, ...destroyed });
    }
  };
  return async (stopping) => {
    // When it starts it may not have heard yet of what a command began without it, and would see to it a round later.
    await erasuresKnown(pool, await store.head(), { waitMs: WAIT_MS, signal: stopping });
    await alone(round);
  };
};
