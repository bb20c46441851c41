// The one door to Elasticsearch: bounded requests, decoded answers, failures without content. Retries are for the caller,
// who knows what may be repeated.
import { isLeft } from 'fp-ts/lib/Either.js';
import * as t from 'io-ts';
import { distrustOf } from './certificate-trust.ts';
import { ElasticFailed, failureOf } from './elastic-failed.ts';

export type ElasticSettings = {
  readonly urls: readonly string[];
  readonly username: string | null;
  readonly password: string | null;
  readonly apiKey: string | null;
  readonly ca?: string; // Certificates in PEM that are trusted instead of the public authorities'
};

export type ElasticRequest<Answer> = {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE' | 'HEAD';
  readonly path: string;
  readonly query?: Readonly<Record<string, string | number | boolean>>;
  readonly body?: object;
  readonly lines?: readonly object[]; // Of a bulk, instead of a body
  readonly answer: t.Decoder<unknown, Answer>;
  readonly timeoutMs: number;
};

export type ElasticClient = {
  /** Rejects with ElasticFailed. */
  readonly ask: <Answer>(request: ElasticRequest<Answer>) => Promise<Answer>;
  readonly close: () => Promise<void>;
};

const ANSWER_BYTES_MAX = 64 * 1024 * 1024;

const ErrorBody = t.type({ error: t.type({ type: t.string }) });
const typeOf = (body: unknown): string => (ErrorBody.is(body) ? body.error.type : 'unknown');

const authOf = ({ username, password, apiKey }: ElasticSettings) => {
  if (apiKey !== null) return { auth: { apiKey } };
  return username !== null && password !== null ? { auth: { username, password } } : {};
};

/** Loads the client library only here: an installation that searches in PostgreSQL doesn't pay its 30 MB. */
export const openElasticClient = async (settings: ElasticSettings): Promise<ElasticClient> => {
  const { Client, errors } = await import('@elastic/elasticsearch');
  const client = new Client({
    nodes: [...settings.urls],
    ...authOf(settings),
    ...(settings.ca !== undefined && { tls: { ca: settings.ca } }),
    maxRetries: 0,
    maxResponseSize: ANSWER_BYTES_MAX,
    maxCompressedResponseSize: ANSWER_BYTES_MAX,
  });
  const failed = (error: unknown): ElasticFailed => {
    if (error instanceof errors.ResponseError) {
      const status = error.statusCode ?? 0;
      const type = typeOf(error.body);
      return new ElasticFailed(failureOf(status, type), `${status} ${type}`);
    }
    if (error instanceof errors.TimeoutError || error instanceof errors.RequestAbortedError)
      return new ElasticFailed('slow', 'no answer in time');
    const untrusted = distrustOf(error);
    if (untrusted !== null) return new ElasticFailed('untrusted', untrusted);
    return new ElasticFailed('away', error instanceof Error ? error.name : 'unknown');
  };
  return {
    ask: async ({ method, path, query, body, lines, answer, timeoutMs }) => {
      const request = {
        ...{ method, path },
        ...(query && { querystring: { ...query } }),
        ...(body && { body }),
        ...(lines && { bulkBody: [...lines] }),
      };
      const found: unknown = await client.transport
        .request(request, {
          requestTimeout: Math.max(1, Math.round(timeoutMs)),
          maxRetries: 0,
          openTelemetry: { enabled: false }, // Its spans would hold queries.
        })
        .catch((error: unknown) => {
          throw failed(error);
        });
      const decoded = answer.decode(found);
      if (isLeft(decoded)) throw new ElasticFailed('refused', `an unexpected answer to ${path}`);
      return decoded.right;
    },
    close: () => client.close(),
  };
};
