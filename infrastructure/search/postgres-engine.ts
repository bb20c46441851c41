// Search in PostgreSQL, as one thing.
import { left } from 'fp-ts/lib/Either.js';
import * as t from 'io-ts';
import { type EventStore } from '../../application/event-store/event-store.ts';
import { liveSchema } from '../../projections/projector.ts';
import { createSearchProjector } from '../../projections/search/search-projector.ts';
import { queryRows, type Pool } from '../postgres/database.ts';
import { readControls } from '../projections/control-rows.ts';
import { type RebuildProgress } from '../projections/rebuild-progress.ts';
import { createPostgresDocuments } from './postgres-documents.ts';
import { createPostgresFollowedIndex } from './postgres-followed-index.ts';
import { createPostgresSearchIndex, isUndefined } from './postgres-search-index.ts';
import { rebuildSearch } from './rebuild-search.ts';
import { reconcileGuild } from './reconcile-guild.ts';
import { createGentlePace } from '../projections/pace.ts';
import { type SearchEngine, type SearchStatus } from './search-engine.ts';
import { openSearchExtensions } from './search-extensions.ts';
import { createSearchPool } from './search-pool.ts';
import { stoppableReads } from './stoppable-reads.ts';

export type PostgresEnginePorts = {
  readonly url: string;
  readonly pool: Pool;
  readonly store: Pick<EventStore, 'start' | 'readAll' | 'head' | 'load'>;
  readonly timeoutMs: number; // limits.searchTimeoutMs
  readonly onError?: (error: unknown) => void;
  readonly onRefused?: (extension: string, error: unknown) => void;
  readonly onRebuild?: (progress: RebuildProgress) => void;
};

const Size = t.type({ documents: t.number, bytes: t.number });

export const openPostgresEngine = async (ports: PostgresEnginePorts) => {
  const { url, pool, store, timeoutMs, onError, onRefused, onRebuild } = ports;
  const extensions = await openSearchExtensions(pool, onRefused);
  const projector = createSearchProjector(extensions);
  const schema = liveSchema(projector);
  const searchPool = createSearchPool({ url, timeoutMs });
  const documents = createPostgresDocuments({ pool, store, projector });

  const status = async (): Promise<SearchStatus> => {
    const [control] = await readControls(pool, [projector.name]);
    const nothing = { version: null, position: null, documents: null, bytes: null, place: schema };
    if (control === undefined) return nothing;
    const [size] = await queryRows(
      pool,
      Size,
      `SELECT (SELECT coalesce(sum(docs), 0) FROM ${schema}.channel)::float8 AS documents,
              (SELECT sum(pg_total_relation_size(c.oid)) FROM pg_class c
                WHERE relnamespace = $1::regnamespace AND relkind = 'r')::float8 AS bytes`,
      [schema],
    );
    const { version, position } = control;
    return { ...nothing, version, position, ...size };
  };

  const engine: SearchEngine = {
    name: 'postgresql',
    index: createPostgresSearchIndex({ pool: searchPool, extensions }),
    followed: createPostgresFollowedIndex({
      ...{ pool, store, projector },
      ...(onError && { onError }),
      ...(onRebuild && { onRebuild }),
    }),
    rebuild: (onProgress, signal) =>
      rebuildSearch({
        ...{ pool, projector, store: stoppableReads(store, signal) },
        pace: createGentlePace(), // It is searched in meanwhile
        ...(onProgress && { onProgress }),
      }),
    reconcile: async (guildId, documentsMax) => {
      try {
        return await reconcileGuild(pool, documents, guildId, documentsMax);
      } catch (error) {
        if (isUndefined(error)) return left('Unavailable'); // Not built yet
        throw error;
      }
    },
    status,
    onMissing: () => {}, // A database that lost it has lost its checkpoint too.
    close: () => searchPool.end(),
  };
  return { ...engine, projector, extensions };
};
