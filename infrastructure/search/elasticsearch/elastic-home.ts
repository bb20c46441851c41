// What every part that works on the index in Elasticsearch needs to know.
import { type EventStore, type Recorded } from '../../../application/event-store/event-store.ts';
import { SEARCH_TAKES } from '../../../projections/search/search-projector.ts';
import { elasticOperations } from '../../../projections/search/elastic-documents.ts';
import { type Batch, parkUndecodable } from '../../projections/apply-events.ts';
import { parkEvent } from '../../projections/control-rows.ts';
import { type Queryable } from '../../postgres/database.ts';
import { type ElasticClient } from './elastic-client.ts';
import { writeOperations } from './elastic-bulk.ts';

export type ElasticHome = {
  readonly client: ElasticClient;
  readonly prefix: string;
  readonly installation: string; // Whose the index is: two of them would delete each other's documents
  readonly shards: number;
  readonly store: Pick<EventStore, 'start' | 'readAll' | 'head'>;
};

/** Under which name events are set aside that the index refused, as for the index in PostgreSQL. */
export const PARKED_AS = 'search';

const isDecoded = (event: Batch[number]): event is Recorded => event.type !== 'Undecodable';

/** Writes what a batch comes to; events that can't be read or taken are set aside. Rejects with ElasticFailed. */
export const writeBatch = async (
  { client }: Pick<ElasticHome, 'client'>,
  database: Queryable,
  batch: Batch,
  {
    index,
    parkAs,
    refresh,
  }: { readonly index: string; readonly parkAs: string; readonly refresh: boolean },
): Promise<void> => {
  await parkUndecodable(database, { takes: SEARCH_TAKES, parkAs }, batch);
  const operations = elasticOperations(batch.filter(isDecoded));
  if (operations.length === 0) return;
  const { refused } = await writeOperations(client, index, operations, { refresh });
  for (const { operation, reason } of refused) {
    const { position, type } = operation;
    const attempts = 1;
    await parkEvent(database, { projection: parkAs, position, type, reason, attempts });
  }
};
