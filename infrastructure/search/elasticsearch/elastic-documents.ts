// The documents of a guild in Elasticsearch, listed and mended. No lock is needed: each is written under the position of
// its last event, so that whatever the follower writes meanwhile wins if it is later.
import * as t from 'io-ts';
import { type Position } from '../../../application/event-store/event-log.ts';
import { type EventStore } from '../../../application/event-store/event-store.ts';
import { type GuildId, MessageId } from '../../../domain/shared/ids.ts';
import {
  elasticOperations,
  versionOf,
  type ElasticOperation,
} from '../../../projections/search/elastic-documents.ts';
import { type Queryable } from '../../postgres/database.ts';
import { readMessageStream, type Doubts, type GuildDocuments } from '../reconcile-guild.ts';
import { writeOperations } from './elastic-bulk.ts';
import { type ElasticClient } from './elastic-client.ts';
import { readElasticControl } from './elastic-control.ts';
import { elasticNames } from './elastic-indices.ts';

const Page = t.type({ hits: t.type({ hits: t.readonlyArray(t.type({ _id: MessageId })) }) });
const PAGE = 5_000;
const LIST_MS = 5_000;

const listIds = async (
  client: ElasticClient,
  index: string,
  guildId: GuildId,
  max: number,
): Promise<readonly MessageId[]> => {
  const ids: MessageId[] = [];
  for (;;) {
    const after = ids.at(-1);
    const { hits } = await client.ask({
      ...{ method: 'POST' as const, path: `/${index}/_search`, query: { routing: guildId } },
      body: {
        size: Math.min(PAGE, max + 1 - ids.length),
        query: { bool: { filter: [{ term: { guild: guildId } }] } },
        ...{ _source: false, track_total_hits: false, sort: [{ message: 'asc' }] },
        ...(after !== undefined && { search_after: [after] }),
      },
      ...{ answer: Page, timeoutMs: LIST_MS },
    });
    ids.push(...hits.hits.map(({ _id }) => _id));
    if (ids.length > max || hits.hits.length < PAGE) return ids;
  }
};

/** What has to be written for messages whose streams disagree with the index. */
const operationsOf = async (
  store: Pick<EventStore, 'load'>,
  { missing, extra }: Doubts,
  indexedTo: Position,
  gone: (messageId: MessageId) => ElasticOperation,
): Promise<readonly ElasticOperation[]> => {
  const operations: ElasticOperation[] = [];
  for (const messageId of missing) {
    const { events, text } = await readMessageStream(store, messageId, indexedTo);
    if (text !== null) operations.push(...elasticOperations(events));
  }
  for (const messageId of extra) {
    const { text } = await readMessageStream(store, messageId, null);
    if (text === null) operations.push(gone(messageId)); // Otherwise the read model lags, and will show it.
  }
  return operations;
};

export const createElasticDocuments = ({
  client,
  prefix,
  database,
  store,
}: {
  readonly client: ElasticClient;
  readonly prefix: string;
  readonly database: Queryable;
  readonly store: Pick<EventStore, 'load' | 'head'>;
}): GuildDocuments => ({
  ids: (guildId, max) => listIds(client, elasticNames(prefix).read, guildId, max),
  mend: async (guildId, doubts) => {
    const control = await readElasticControl(database, prefix);
    if (control === null) return { upserted: 0, deleted: 0 };
    const head = await store.head();
    // Nothing comes after the end of a message, so this may be later than all there is.
    const gone = (messageId: MessageId): ElasticOperation => ({
      ...{ messageId, guildId, position: head, type: 'MessageDeleted', document: null },
      version: versionOf(head) + 1,
    });
    const operations = await operationsOf(store, doubts, control.position, gone);
    const write = async (some: readonly ElasticOperation[]) =>
      some.length === 0
        ? 0
        : (await writeOperations(client, control.index, some, { refresh: true, again: true }))
            .changed;
    return {
      upserted: await write(operations.filter(({ document }) => document !== null)),
      deleted: await write(operations.filter(({ document }) => document === null)),
    };
  },
});
