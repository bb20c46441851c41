// The two indexes, as tests open them: each passes the same suite.
import { randomBytes } from 'node:crypto';
import { type EventStore } from '../../../application/event-store/event-store.ts';
import { type Pool } from '../../postgres/database.ts';
import { openElasticEngine } from '../elasticsearch/elastic-engine.ts';
import { openPostgresEngine } from '../postgres-engine.ts';
import { checksumSearch } from '../rebuild-search.ts';
import { type SearchEngine } from '../search-engine.ts';
import { listElasticDocuments } from './listed-documents.ts';

export const TIMEOUT_MS = 5_000; // Tests of answers aren't tests of speed.

export type BackendPorts = {
  readonly pool: Pool;
  readonly url: string;
  readonly store: EventStore;
  readonly onError: (error: unknown) => void;
};

export type Backend = SearchEngine & {
  /** All there is, in a form that is equal for equal indexes. */
  readonly contents: () => Promise<unknown>;
};

export type OpenBackend<B extends Backend> = (ports: BackendPorts) => Promise<B>;

export const openPostgresBackend = async (ports: BackendPorts) => {
  const engine = await openPostgresEngine({ ...ports, timeoutMs: TIMEOUT_MS });
  return { ...engine, contents: () => checksumSearch(ports.pool, engine.projector) };
};

/** Over one Elasticsearch for all tests; its indices are of this world alone. */
export const openElasticBackend =
  (url: string, { shards = 1 }: { readonly shards?: number } = {}) =>
  async ({ pool, store }: BackendPorts) => {
    const prefix = `test-${randomBytes(6).toString('hex')}`;
    const engine = await openElasticEngine({
      settings: { urls: [url], username: null, password: null, apiKey: null },
      ...{ prefix, shards, installation: 'test', pool, store },
    });
    const { client, indices } = engine;
    return {
      ...{ ...engine, prefix },
      contents: () => listElasticDocuments(client, indices.names.read),
      close: async () => {
        // The server may be stopped by now: then nothing is left to clean.
        const left = await indices.list().catch(() => []);
        for (const index of left) await indices.remove(index);
        await engine.close();
      },
    };
  };
