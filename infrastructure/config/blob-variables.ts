// Where bytes are stored: in a folder, unless a bucket of S3-compatible storage is named.
import { type S3Settings } from '../blob/s3/s3-settings.ts';
import {
  matching,
  oneOf,
  parsed,
  wholeNumber,
  type ConfigProblem,
  type Setting,
} from './setting.ts';

const LOOPBACK: ReadonlySet<string> = new Set(['127.0.0.1', '[::1]', 'localhost']);

const parseEndpoint = (text: string): string | undefined => {
  if (!URL.canParse(text)) return undefined;
  const url = new URL(text);
  const isBare = url.pathname === '/' && url.search === '' && url.hash === '';
  const hasNoName = url.username === '' && url.password === '';
  return ['http:', 'https:'].includes(url.protocol) && isBare && hasNoName ? url.origin : undefined;
};

const key = (variable: string, pattern: RegExp, fix: string) =>
  matching(variable, null, pattern, fix, true);

export const BLOB_SETTINGS = {
  // Null: `attachments` in the data directory.
  attachmentRoot: matching('FILAMENT_ATTACHMENT_ROOT', null, /^[^\0]{1,4096}$/, 'a directory'),
  s3Endpoint: parsed<string | null>(
    'FILAMENT_S3_ENDPOINT',
    null,
    'an https:// URL of a host alone, for example https://s3.eu-central-1.amazonaws.com (unset: a local folder)',
    parseEndpoint,
  ),
  s3Bucket: matching(
    'FILAMENT_S3_BUCKET',
    null,
    /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/,
    'the name of a bucket',
  ),
  s3Region: matching(
    'FILAMENT_S3_REGION',
    'us-east-1',
    /^[a-z0-9][a-z0-9-]{0,62}$/,
    'the name of a region',
  ),
  s3Prefix: matching(
    'FILAMENT_S3_PREFIX',
    null,
    /^[0-9A-Za-z][0-9A-Za-z._-]{0,99}(?:\/[0-9A-Za-z][0-9A-Za-z._-]{0,99}){0,4}\/?$/,
    'names between slashes, of letters, digits, dots, hyphens and underscores',
  ),
  s3Addressing: oneOf('FILAMENT_S3_ADDRESSING', 'path', ['path', 'virtual-host']),
  s3AccessKeyId: key('FILAMENT_S3_ACCESS_KEY_ID', /^[!-~]{1,256}$/, 'the id of an access key'),
  s3SecretAccessKey: key(
    'FILAMENT_S3_SECRET_ACCESS_KEY',
    /^[!-~]{1,1024}$/,
    'the secret of that access key',
  ),
  s3TimeoutMs: wholeNumber('FILAMENT_S3_TIMEOUT_MS', 5_000, { min: 100, max: 60_000 }),
  s3ConnectionsMax: wholeNumber('FILAMENT_S3_CONNECTIONS_MAX', 128, { min: 1, max: 10_000 }),
  insecureS3: oneOf('FILAMENT_DEV_INSECURE_S3', 'no', ['no', 'yes']),
} as const;

type Values = {
  readonly [K in keyof typeof BLOB_SETTINGS]: (typeof BLOB_SETTINGS)[K] extends Setting<infer A>
    ? A
    : never;
};

const NEEDED = {
  s3Endpoint: 'FILAMENT_S3_ENDPOINT',
  s3Bucket: 'FILAMENT_S3_BUCKET',
  s3AccessKeyId: 'FILAMENT_S3_ACCESS_KEY_ID',
  s3SecretAccessKey: 'FILAMENT_S3_SECRET_ACCESS_KEY',
} as const;

const problem = (variable: string, message: string): ConfigProblem => ({ variable, message });

const endpointProblems = (endpoint: string, values: Values): readonly ConfigProblem[] => {
  const { protocol, hostname } = new URL(endpoint);
  const isIp = /^(?:\[.*\]|[0-9.]+)$/.test(hostname);
  const problems: ConfigProblem[] = [];
  if (protocol === 'http:' && !LOOPBACK.has(hostname) && values.insecureS3 === 'no')
    problems.push(
      problem(
        'FILAMENT_S3_ENDPOINT',
        'FILAMENT_S3_ENDPOINT is not encrypted. Set it to an https:// URL; http:// is for this machine, and elsewhere only with FILAMENT_DEV_INSECURE_S3=yes.',
      ),
    );
  if (values.s3Addressing === 'virtual-host' && (isIp || values.s3Bucket?.includes('.')))
    problems.push(
      problem(
        'FILAMENT_S3_ADDRESSING',
        'A bucket whose name has dots, or an endpoint without a host name, can’t be addressed as a host. Set FILAMENT_S3_ADDRESSING to path.',
      ),
    );
  return problems;
};

/** What is wrong with these variables together. */
export const blobProblems = (values: Values): readonly ConfigProblem[] => {
  const missing = Object.entries(NEEDED).filter(
    ([field]) => values[field as keyof typeof NEEDED] === null,
  );
  if (missing.length === Object.keys(NEEDED).length) return [];
  const problems = missing.map(([, variable]) =>
    problem(
      variable,
      `${variable} is missing. Set all of ${Object.values(NEEDED).join(', ')}, or none.`,
    ),
  );
  if (values.attachmentRoot !== null)
    problems.push(
      problem(
        'FILAMENT_ATTACHMENT_ROOT',
        'FILAMENT_ATTACHMENT_ROOT and FILAMENT_S3_ENDPOINT are both set. Unset one.',
      ),
    );
  return values.s3Endpoint === null
    ? problems
    : [...problems, ...endpointProblems(values.s3Endpoint, values)];
};

/** The bucket that the configuration names; null for a folder. */
export const s3SettingsOf = (values: Omit<Values, 'attachmentRoot'>): S3Settings | null => {
  const { s3Endpoint: endpoint, s3Bucket: bucket } = values;
  const { s3AccessKeyId: accessKeyId, s3SecretAccessKey: secretAccessKey } = values;
  if (endpoint === null || bucket === null || accessKeyId === null || secretAccessKey === null)
    return null;
  return {
    endpoint,
    bucket,
    accessKeyId,
    secretAccessKey,
    region: values.s3Region,
    addressing: values.s3Addressing,
    prefix: values.s3Prefix === null ? '' : `${values.s3Prefix.replace(/\/$/, '')}/`,
    timeoutMs: values.s3TimeoutMs,
    connectionsMax: values.s3ConnectionsMax,
  };
};
