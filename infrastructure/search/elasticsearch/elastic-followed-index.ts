// The index in Elasticsearch as the follower keeps it: first the documents, then the checkpoint, so that an end between
// the two repeats and loses nothing.
import { type Position } from '../../../application/event-store/event-log.ts';
import { ELASTIC_VERSION } from '../../../projections/search/elastic-documents.ts';
import { SEARCH_KEPT_SEALED } from '../../../projections/search/search-projector.ts';
import { type Connection } from '../../postgres/database.ts';
import { dropSchema } from '../../projections/kept-tables.ts';
import { type FollowedIndex } from '../followed-index.ts';
import { stoppableReads } from '../stoppable-reads.ts';
import { advanceElasticControl, readElasticControl } from './elastic-control.ts';
import { ElasticFailed } from './elastic-failed.ts';
import { PARKED_AS, writeBatch } from './elastic-home.ts';
import { createElasticIndices, writeAliasOf } from './elastic-indices.ts';
import { rebuildElastic, type RebuildElasticPorts } from './rebuild-elastic.ts';

// A request has its price whatever it holds, and a refresh too: batches are larger and rarer than in PostgreSQL, unless
// somebody waits.
const BATCH_MAX = 1_000;
const GATHER_MS = 250;

// Nobody follows it any more: it would keep the words of what is deleted from now on. Whoever goes back has it built anew.
const forgetPostgresIndex = async (connection: Connection): Promise<void> => {
  await dropSchema(connection, 'rm_search');
  await connection.query("DELETE FROM ops.projections WHERE name = 'search'");
};

export const createElasticFollowedIndex = (ports: RebuildElasticPorts): FollowedIndex => {
  const { client, prefix, store, pool } = ports;
  const indices = createElasticIndices(client, prefix);
  let index = '';

  const open = async (connection: Connection, signal: AbortSignal): Promise<Position> => {
    const control = await readElasticControl(connection, prefix);
    if (control !== null && control.version > ELASTIC_VERSION)
      throw new Error('A newer version of the program keeps the search index.');
    // Asked by its write alias, since without that nothing could be written either.
    const isThere =
      control?.version === ELASTIC_VERSION &&
      (await indices.uuidOf(control.index, writeAliasOf(control.index))) === control.uuid;
    if (!isThere) await rebuildElastic({ ...ports, store: stoppableReads(store, signal) });
    const now = isThere ? control : await readElasticControl(connection, prefix);
    if (now === null) return store.start;
    await indices.letSearch(now.index);
    await forgetPostgresIndex(connection);
    index = now.index;
    return now.position;
  };

  return {
    open,
    apply: async (connection, batch) => {
      const last = batch.at(-1);
      if (last === undefined) return 'applied';
      try {
        await writeBatch(ports, connection, batch, { index, parkAs: PARKED_AS, refresh: true });
      } catch (error) {
        if (error instanceof ElasticFailed && error.kind === 'missing') return 'replaced';
        throw error;
      }
      const { position } = last.meta;
      return (await advanceElasticControl(connection, prefix, { index, position }))
        ? 'applied'
        : 'replaced';
    },
    reached: async () => {
      const control = await readElasticControl(pool, prefix);
      return control?.version === ELASTIC_VERSION ? control.position : null;
    },
    keepSealed: new Set(SEARCH_KEPT_SEALED),
    batchMax: BATCH_MAX,
    gatherMs: GATHER_MS,
  };
};
