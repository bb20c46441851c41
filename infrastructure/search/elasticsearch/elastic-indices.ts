// Indices and their aliases. Each index has a write alias of its own: a write that must meet an alias never makes an index
// by itself, so that one which was deleted isn't quietly begun anew without its mapping.
import * as t from 'io-ts';
import {
  ELASTIC_LIVE_SETTINGS,
  ELASTIC_VERSION,
  elasticIndexBody,
} from '../../../projections/search/elastic-documents.ts';
import { type ElasticClient } from './elastic-client.ts';
import { ADMIN_MS, createElasticAct, createLetSearch, unlessMissing } from './elastic-aliases.ts';

export type ElasticNames = {
  readonly read: string; // The alias that searches ask
  readonly pattern: string; // All indices of this prefix
  readonly fresh: (now: number) => string;
};

export const elasticNames = (prefix: string): ElasticNames => ({
  read: `${prefix}-messages`,
  pattern: `${prefix}-messages-v*`,
  fresh: (now) => `${prefix}-messages-v${ELASTIC_VERSION}-${now.toString(36)}`,
});

export const writeAliasOf = (index: string): string => `${index}-write`;

const Identities = t.record(
  t.string,
  t.type({ settings: t.type({ index: t.type({ uuid: t.string }) }) }),
);
const Mappings = t.record(
  t.string,
  t.type({ mappings: t.partial({ _meta: t.partial({ installation: t.string }) }) }),
);

export const createElasticIndices = (client: ElasticClient, prefix: string) => {
  const names = elasticNames(prefix);
  const act = createElasticAct(client);

  /** The identity that Elasticsearch gave an index, or null when it is gone; a restored copy has another. */
  const uuidOf = async (index: string, askedAs = index): Promise<string | null> => {
    const found = await unlessMissing(
      client.ask({
        ...{ method: 'GET' as const, path: `/${askedAs}/_settings`, timeoutMs: ADMIN_MS },
        answer: Identities,
      }),
    );
    return found?.[index]?.settings.index.uuid ?? null;
  };

  const create = async (index: string, body: Parameters<typeof elasticIndexBody>[0]) => {
    const { settings, mappings } = elasticIndexBody(body);
    await act('PUT', `/${index}`, {
      ...{ settings, mappings },
      aliases: { [writeAliasOf(index)]: { is_write_index: true } },
    });
  };

  const list = async (): Promise<readonly string[]> =>
    Object.keys(
      await client.ask({
        ...{ method: 'GET' as const, path: `/${names.pattern}/_settings/index.uuid` },
        ...{ answer: t.record(t.string, t.unknown), timeoutMs: ADMIN_MS },
      }),
    );

  const remove = (index: string) => unlessMissing(act('DELETE', `/${index}`));

  /** Whose the indices of this prefix are, by what their mappings say. */
  const owners = async (): Promise<ReadonlySet<string>> => {
    const found = await client.ask({
      ...{ method: 'GET' as const, path: `/${names.pattern}/_mapping`, answer: Mappings },
      timeoutMs: ADMIN_MS,
    });
    return new Set(
      Object.values(found).flatMap(({ mappings }) => mappings._meta?.installation ?? []),
    );
  };

  const refresh = (index: string) =>
    client.ask({
      ...{ method: 'POST' as const, path: `/${index}/_refresh`, answer: t.unknown },
      timeoutMs: ADMIN_MS,
    });

  return {
    ...{ names, uuidOf, create, list, remove, owners, refresh },
    letSearch: createLetSearch(client, names.read),
    /** Makes a filled index fit to be searched. */
    settle: async (index: string): Promise<void> => {
      await act('PUT', `/${index}/_settings`, { index: ELASTIC_LIVE_SETTINGS });
      // Writes taken with less durability reach the disk here.
      await client.ask({
        ...{ method: 'POST' as const, path: `/${index}/_flush`, answer: t.unknown },
        timeoutMs: ADMIN_MS,
      });
      await refresh(index);
    },
  };
};

export type ElasticIndices = ReturnType<typeof createElasticIndices>;
