// Where messages are searched: in PostgreSQL unless an Elasticsearch is named.
import { matching, parsed, wholeNumber } from './setting.ts';

const URLS_MAX = 16;
const isUrl = (text: string): boolean => /^https?:\/\/[^\s@/,]+(?:\/[^\s@,]*)?$/.test(text);

// A name or password in the URL would be seen where URLs are: it has variables of its own.
const parseUrls = (text: string): readonly string[] | undefined => {
  const urls = text.split(',').map((one) => one.trim());
  return urls.length <= URLS_MAX && urls.every(isUrl) ? urls : undefined;
};

const text = (variable: string, fix: string, secret = false) =>
  matching(variable, null, /^[^\0\r\n]{1,1024}$/, fix, secret);

export const SEARCH_SETTINGS = {
  elasticUrls: parsed<readonly string[]>(
    'FILAMENT_ELASTICSEARCH_URL',
    [],
    'http(s) URLs without credentials, between commas (unset: search in PostgreSQL)',
    parseUrls,
  ),
  elasticUsername: text('FILAMENT_ELASTICSEARCH_USERNAME', 'the name to sign in with'),
  elasticPassword: text('FILAMENT_ELASTICSEARCH_PASSWORD', 'the password of that name', true),
  elasticApiKey: text('FILAMENT_ELASTICSEARCH_API_KEY', 'an API key', true),
  elasticCaFile: text('FILAMENT_ELASTICSEARCH_CA_FILE', 'a file of certificates in PEM'),
  elasticPrefix: matching(
    'FILAMENT_ELASTICSEARCH_INDEX_PREFIX',
    'filament',
    /^[a-z][a-z0-9]*(?:-[a-z0-9]+)*$/,
    'lower-case letters, digits and single hyphens, beginning with a letter',
  ),
  elasticShards: wholeNumber('FILAMENT_ELASTICSEARCH_SHARDS', 1, { min: 1, max: 64 }),
} as const;
