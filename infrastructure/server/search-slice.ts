// Search: its index, kept up with the log at its own pace, and its routes.
import { type GuildAccess } from '../../application/access/guild-access.ts';
import { type MessageReader } from '../../application/message/message-reader.ts';
import { type ReadPosition } from '../../application/ports.ts';
import {
  createRebuildSearch,
  createReconcileSearch,
} from '../../application/search/maintain-search.ts';
import { createSearchMessages } from '../../application/search/search-messages.ts';
import { installationId } from '../auth/tokens.ts';
import { createRateLimiter } from '../http/rate-limiter.ts';
import { type Route } from '../http/route.ts';
import { searchRoutes } from '../http/search-routes.ts';
import { type Log } from '../logging/log.ts';
import { recordRebuild } from '../projections/record-rebuild.ts';
import { openSearchEngine } from '../search/open-search-engine.ts';
import { createSearchFollower } from '../search/search-follower.ts';
import { createSearchUpkeep } from '../search/search-upkeep.ts';
import { type Foundation } from './foundation.ts';

type Ports = {
  readonly readPosition: Pick<ReadPosition, 'current'>;
  readonly messages: Pick<MessageReader, 'byIds'>;
};

const now = () => performance.now();

/** Opens the index and begins to follow the log. `pool` needs connections to follow, to build and to mend on. */
export const openSearch = async (foundation: Foundation, pool: Foundation['pool'], log: Log) => {
  const { databaseUrl, store, config, secrets } = foundation;
  const { limits } = config;
  const onError = (err: unknown) => log.warn({ event: 'search.retry', err });
  const engine = await openSearchEngine({
    ...{ config, pool, store, onError },
    url: databaseUrl,
    installation: installationId(secrets.masterKey),
    onRefused: (extension, err) => log.warn({ event: 'search.extension_refused', extension, err }),
    onRebuild: ({ phase, done }) => log.debug({ event: 'search.rebuild', phase, done }),
  });
  const follower = createSearchFollower({
    ...{ pool, store, index: engine.followed, onError },
    onBatch: (batch) => log.debug({ event: 'search.index.batch', ...batch }),
  });
  engine.onMissing(follower.reopen);
  const upkeep = createSearchUpkeep({
    engine,
    onRebuilt: (rebuilt, by) => recordRebuild(foundation, `user:${by}`, rebuilt),
    onFailed: (err) => log.error({ event: 'search.rebuild_failed', err }),
  });
  follower.start();
  return {
    routes: (access: GuildAccess, ports: Ports): readonly Route[] => {
      const reconciles = createRateLimiter({ perMinute: limits.searchReconcilesPerMinute });
      const maintain = { access, upkeep, reconciles, now, limits };
      return searchRoutes({
        searchMessages: createSearchMessages({
          ...{ ...ports, access, now, limits },
          index: engine.index,
          progress: follower,
        }),
        rebuildSearch: createRebuildSearch(maintain),
        reconcileSearch: createReconcileSearch(maintain),
      });
    },
    /** Up to where messages are indexed; null while there is no index. */
    indexedTo: async () => (await engine.status()).position,
    close: async () => {
      await upkeep.stop();
      await follower.stop();
      await engine.close();
    },
  };
};
