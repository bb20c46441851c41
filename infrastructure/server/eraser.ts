// Housekeeping's part in deletion: the keys of deleted texts, when their grace is over.
import {
  createDestroyDeleted,
  type DeletedScopes,
} from '../../application/erasure/destroy-deleted.ts';
import { type Log } from '../logging/log.ts';
import { createErasureProgress } from '../vault/erasure-progress.ts';
import { type Foundation } from './foundation.ts';

export const createEraser = (
  { store, pool, contentKeys: keys, clock, config: { limits } }: Foundation,
  { deletedScopes: deleted }: { readonly deletedScopes: DeletedScopes },
  log: Log,
): (() => Promise<void>) => {
  const progress = createErasureProgress({ pool });
  const destroyDeleted = createDestroyDeleted({
    ...{ start: store.start, deleted, progress, keys, clock, limits },
  });
  return async () => {
    const destroyed = await destroyDeleted();
    if (destroyed > 0) log.info({ event: 'vault.keys_destroyed', destroyed });
  };
};
