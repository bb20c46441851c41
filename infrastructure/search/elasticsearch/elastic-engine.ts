// Search in Elasticsearch, as one thing.
import * as t from 'io-ts';
import { left } from 'fp-ts/lib/Either.js';
import { type EventStore } from '../../../application/event-store/event-store.ts';
import { type Pool } from '../../postgres/database.ts';
import { type RebuildProgress } from '../../projections/rebuild-progress.ts';
import { reconcileGuild } from '../reconcile-guild.ts';
import { type SearchEngine, type SearchStatus } from '../search-engine.ts';
import { stoppableReads } from '../stoppable-reads.ts';
import { openElasticClient, type ElasticSettings } from './elastic-client.ts';
import { readElasticControl } from './elastic-control.ts';
import { createElasticDocuments } from './elastic-documents.ts';
import { ElasticFailed } from './elastic-failed.ts';
import { createElasticFollowedIndex } from './elastic-followed-index.ts';
import { createElasticIndices } from './elastic-indices.ts';
import { createElasticSearchIndex } from './elastic-search-index.ts';
import { rebuildElastic } from './rebuild-elastic.ts';

export type ElasticEnginePorts = {
  readonly settings: ElasticSettings;
  readonly prefix: string;
  readonly shards: number;
  readonly installation: string; // installationId of the master key
  readonly pool: Pool;
  readonly store: Pick<EventStore, 'start' | 'readAll' | 'head' | 'load'>;
  readonly onRebuild?: (progress: RebuildProgress) => void;
};

const STATUS_MS = 3_000;
const Stats = t.type({
  _all: t.type({
    primaries: t.type({
      docs: t.type({ count: t.number }),
      store: t.type({ size_in_bytes: t.number }),
    }),
  }),
});

export const openElasticEngine = async (ports: ElasticEnginePorts) => {
  const { settings, prefix, shards, installation, pool, store, onRebuild } = ports;
  const client = await openElasticClient(settings);
  const home = { client, prefix, shards, installation, store };
  const indices = createElasticIndices(client, prefix);
  const documents = createElasticDocuments({ client, prefix, database: pool, store });
  let tellMissing = (): void => {};

  const status = async (): Promise<SearchStatus> => {
    const control = await readElasticControl(pool, prefix);
    const { version = null, position = null, index = indices.names.read } = control ?? {};
    const known = { version, position, documents: null, bytes: null, place: index };
    const asked = client.ask({
      ...{ method: 'GET' as const, path: `/${index}/_stats/docs,store` },
      ...{ answer: Stats, timeoutMs: STATUS_MS },
    });
    try {
      const { docs, store: stored } = (await asked)._all.primaries;
      return { ...known, documents: docs.count, bytes: stored.size_in_bytes };
    } catch (error) {
      if (error instanceof ElasticFailed) return known;
      throw error;
    }
  };

  const engine: SearchEngine = {
    name: 'elasticsearch',
    index: createElasticSearchIndex({
      ...{ client, prefix, database: pool, onMissing: () => tellMissing() },
    }),
    followed: createElasticFollowedIndex({
      ...home,
      pool,
      ...(onRebuild && { onProgress: onRebuild }),
    }),
    rebuild: (onProgress, signal) =>
      rebuildElastic({
        ...{ ...home, pool, store: stoppableReads(store, signal) },
        ...(onProgress && { onProgress }),
      }),
    reconcile: async (guildId, documentsMax) => {
      try {
        return await reconcileGuild(pool, documents, guildId, documentsMax);
      } catch (error) {
        if (error instanceof ElasticFailed) return left('Unavailable');
        throw error;
      }
    },
    status,
    onMissing: (tell) => {
      tellMissing = tell;
    },
    close: () => client.close(),
  };
  return { ...engine, client, indices, home };
};
