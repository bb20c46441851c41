// Housekeeping's part in deletion: the keys of deleted texts, when their grace is over.
import {
  createDestroyDeleted,
  type DeletedScopes,
  type IsDeleted,
} from '../../application/erasure/destroy-deleted.ts';
import { type EventLog } from '../../application/event-store/event-log.ts';
import { type Log } from '../logging/log.ts';
import { createErasureLock } from '../vault/erasure-lock.ts';
import { createErasureProgress } from '../vault/erasure-progress.ts';
import { type Foundation } from './foundation.ts';

/** The last word of a message's own stream: nothing follows a deletion but its being undone. */
const isDeletedIn =
  ({ readStream }: Pick<EventLog, 'readStream'>): IsDeleted =>
  async (scope) => {
    const [last] = await readStream(scope.replace(':', '-'), { backwards: true, limit: 1 });
    return last?.type === 'MessageDeleted';
  };

export const createEraser = (
  { store, eventLog, pool, contentKeys: keys, clock, config: { limits } }: Foundation,
  { deletedScopes: deleted }: { readonly deletedScopes: DeletedScopes },
  log: Log,
): (() => Promise<void>) => {
  const progress = createErasureProgress({ pool });
  const destroyDeleted = createDestroyDeleted({
    ...{ start: store.start, deleted, progress, keys, clock, limits },
    isDeleted: isDeletedIn(eventLog),
    alone: createErasureLock({ pool }),
  });
  return async () => {
    const destroyed = await destroyDeleted();
    if (destroyed > 0) log.info({ event: 'vault.keys_destroyed', destroyed });
  };
};
