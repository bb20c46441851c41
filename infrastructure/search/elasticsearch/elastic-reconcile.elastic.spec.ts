import {
  elasticOperations,
  type ElasticOperation,
} from '../../../projections/search/elastic-documents.ts';
import { type GuildId, type MessageId } from '../../../domain/shared/ids.ts';
import { ELASTIC_TEST_URL } from '../../testing/elasticsearch-process.ts';
import { openElasticBackend } from '../testing/backends.ts';
import { describeReconcile } from '../testing/reconcile-contract.ts';
import { type SearchWorld } from '../testing/search-world.ts';
import { readElasticControl } from './elastic-control.ts';

const url = process.env[ELASTIC_TEST_URL] ?? '';
const describeIfThere = url === '' ? describe.skip : describe;
const openBackend = openElasticBackend(url);
type World = SearchWorld<Awaited<ReturnType<typeof openBackend>>>;

/** Straight to the server, under versions that count nothing for the project's own writes. */
const write = async (
  { pool, backend: { prefix } }: World,
  { messageId, guildId }: Pick<ElasticOperation, 'messageId' | 'guildId'>,
  { version, document }: { readonly version: number; readonly document: object | null },
): Promise<void> => {
  const control = await readElasticControl(pool, prefix);
  const versioned = `routing=${guildId}&version=${version}&version_type=external_gte&refresh=true`;
  const answer = await fetch(`${url}/${control?.index}/_doc/${messageId}?${versioned}`, {
    method: document === null ? 'DELETE' : 'PUT',
    headers: { 'content-type': 'application/json' },
    ...(document !== null && { body: JSON.stringify(document) }),
  });
  if (!answer.ok) throw new Error(await answer.text());
};

const versionOf = async (
  { pool, backend: { prefix } }: World,
  messageId: MessageId,
  guildId: GuildId,
): Promise<number> => {
  const control = await readElasticControl(pool, prefix);
  const answer = await fetch(`${url}/${control?.index}/_doc/${messageId}?routing=${guildId}`);
  return ((await answer.json()) as { _version: number })._version;
};

describeIfThere('reconciling the index in Elasticsearch', () =>
  describeReconcile(openBackend, {
    lose: async (world, ids, guildId) => {
      for (const messageId of ids) {
        const version = await versionOf(world, messageId, guildId);
        await write(world, { messageId, guildId }, { version, document: null });
      }
    },
    haunt: async (world, posted) => {
      for (const operation of elasticOperations([posted])) await write(world, operation, operation);
    },
  }),
);
