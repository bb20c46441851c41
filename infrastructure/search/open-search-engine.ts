// Which of the two places the configuration names.
import { type Config } from '../config/config.ts';
import { type PostgresEnginePorts, openPostgresEngine } from './postgres-engine.ts';
import { openElasticEngine } from './elasticsearch/elastic-engine.ts';
import { type SearchEngine } from './search-engine.ts';

export type SearchEnginePorts = Omit<PostgresEnginePorts, 'timeoutMs'> & {
  readonly config: Config;
  readonly installation: string;
};

/** Search in Elasticsearch where one is named, in PostgreSQL otherwise. */
export const openSearchEngine = ({
  config,
  installation,
  ...ports
}: SearchEnginePorts): Promise<SearchEngine> => {
  const { elasticUrls, elasticUsername, elasticPassword, elasticApiKey } = config;
  if (elasticUrls.length === 0)
    return openPostgresEngine({ ...ports, timeoutMs: config.limits.searchTimeoutMs });
  return openElasticEngine({
    ...ports,
    settings: {
      urls: elasticUrls,
      username: elasticUsername,
      password: elasticPassword,
      apiKey: elasticApiKey,
    },
    prefix: config.elasticPrefix,
    shards: config.elasticShards,
    installation,
  });
};
