// Which of the two places the configuration names.
import { type Config } from '../config/config.ts';
import { type PostgresEnginePorts, openPostgresEngine } from './postgres-engine.ts';
import { readAuthorities } from './elasticsearch/certificate-trust.ts';
import { openElasticEngine } from './elasticsearch/elastic-engine.ts';
import { type SearchEngine } from './search-engine.ts';

export type SearchEnginePorts = Omit<PostgresEnginePorts, 'timeoutMs'> & {
  readonly config: Config;
  readonly installation: string;
};

/** Search in Elasticsearch where one is named, in PostgreSQL otherwise. */
export const openSearchEngine = async ({
  config,
  installation,
  ...ports
}: SearchEnginePorts): Promise<SearchEngine> => {
  const { elasticUrls, elasticUsername, elasticPassword, elasticApiKey, elasticCaFile } = config;
  if (elasticUrls.length === 0)
    return openPostgresEngine({ ...ports, timeoutMs: config.limits.searchTimeoutMs });
  return openElasticEngine({
    ...ports,
    settings: {
      urls: elasticUrls,
      username: elasticUsername,
      password: elasticPassword,
      apiKey: elasticApiKey,
      ...(elasticCaFile !== null && { ca: await readAuthorities(elasticCaFile) }),
    },
    prefix: config.elasticPrefix,
    shards: config.elasticShards,
    installation,
  });
};
