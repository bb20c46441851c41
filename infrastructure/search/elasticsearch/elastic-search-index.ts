// Searches the index in Elasticsearch. It may be away, slow or full: then a search says so in time, and nothing else
// notices.
import { left, right, type Either } from 'fp-ts/lib/Either.js';
import * as t from 'io-ts';
import {
  type SearchFailure,
  type SearchHits,
  type SearchIndex,
  type SearchRequest,
} from '../../../application/search/search-index.ts';
import { MessageId } from '../../../domain/shared/ids.ts';
import { elasticSearch } from '../../../projections/search/elastic-query.ts';
import { type Queryable } from '../../postgres/database.ts';
import { createCircuitBreaker } from '../../outage/circuit-breaker.ts';
import { type ElasticClient } from './elastic-client.ts';
import { readElasticControl } from './elastic-control.ts';
import { ElasticFailed } from './elastic-failed.ts';
import { elasticNames } from './elastic-indices.ts';

/** More at once would only wait for each other past their time. */
export const ELASTIC_SEARCHES_MAX = 64;
// Of the time of a search, so that the server's own end of it comes before ours and brings what was found.
const SERVER_SHARE = 0.75;

const Answer = t.type({
  timed_out: t.boolean,
  _shards: t.type({ total: t.number, failed: t.number }),
  hits: t.type({ hits: t.readonlyArray(t.type({ _id: MessageId })) }),
});

export type ElasticSearchIndexPorts = {
  readonly client: ElasticClient;
  readonly database: Queryable;
  readonly prefix: string;
  readonly onMissing?: () => void; // The index is gone
};

const ask = async (
  { client, prefix }: ElasticSearchIndexPorts,
  { guildId, channelIds, query, limit }: SearchRequest,
  timeoutMs: number,
): Promise<Either<SearchFailure, Omit<SearchHits, 'position'>>> => {
  const { timed_out, _shards, hits } = await client.ask({
    ...{ method: 'POST' as const, path: `/${elasticNames(prefix).read}/_search` },
    // All of a guild stands in one shard, whichever the number of shards.
    query: { routing: guildId, request_cache: false },
    body: {
      query: elasticSearch({ guildId, channelIds, query }),
      size: limit,
      _source: false,
      track_total_hits: false,
      sort: [{ _score: 'desc' }, { message: 'desc' }],
      timeout: `${Math.max(1, Math.round(timeoutMs * SERVER_SHARE))}ms`,
    },
    ...{ answer: Answer, timeoutMs },
  });
  const messageIds = hits.hits.map(({ _id }) => _id);
  if (messageIds.length === 0 && _shards.failed > 0) return left('Unavailable');
  if (messageIds.length === 0 && timed_out) return left('TooSlow');
  return right({ messageIds, partial: timed_out || _shards.failed > 0 });
};

export const createElasticSearchIndex = (ports: ElasticSearchIndexPorts): SearchIndex => {
  const { database, prefix, onMissing = () => {} } = ports;
  const breaker = createCircuitBreaker();
  let running = 0;
  const search: SearchIndex['search'] = async (request) => {
    const begun = performance.now();
    // Before the search: what is written meanwhile may be missing from it.
    const control = await readElasticControl(database, prefix);
    if (control === null) return left('Unavailable');
    const timeoutMs = request.timeoutMs - (performance.now() - begun);
    if (timeoutMs <= 0) return left('TooSlow');
    try {
      const found = await ask(ports, request, timeoutMs);
      breaker.succeeded();
      return found._tag === 'Left' ? found : right({ ...found.right, position: control.position });
    } catch (error) {
      if (!(error instanceof ElasticFailed)) throw error;
      if (error.kind === 'missing') onMissing();
      // A query that is refused says nothing of the server.
      if (error.kind === 'refused') breaker.succeeded();
      else breaker.failed();
      return left('Unavailable');
    }
  };
  return {
    search: async (request) => {
      if (running >= ELASTIC_SEARCHES_MAX || !breaker.admits()) return left('Unavailable');
      running += 1;
      try {
        return await search(request);
      } finally {
        running -= 1;
      }
    },
  };
};
