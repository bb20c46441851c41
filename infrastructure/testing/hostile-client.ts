// Sends requests that no decent client would, and judges the answers by the contract's rules for refusals.
import { Agent, request } from 'node:http';
import { type ApiClient } from '../api-client/api-client.ts';
import { type Person, type Place } from './people.ts';

export type Sent = {
  readonly method: string;
  readonly path: string;
  readonly headers: readonly (readonly [string, string])[];
  readonly body?: string | Buffer;
};
type Heard = {
  readonly status: number; // 0: the connection was cut without an answer
  readonly text: string;
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
};

const SOCKETS = 16;
const CUT: Heard = { status: 0, text: '', headers: {} };
const ERRORS: ReadonlySet<string> = new Set([
  'invalid_request',
  'invalid_credentials',
  'forbidden',
  'captcha_failed',
  'audit_access_denied',
  'directory_join_user_banned',
  'directory_join_ip_banned',
  'guild_creation_limit_reached',
  'not_found',
  'conflict',
  'quota_exceeded',
  'payload_too_large',
  'unsupported_media_type',
  'idempotency_key_reused',
  'rate_limited',
]);
const WITHOUT_BODY: ReadonlySet<number> = new Set([404, 405, 408, 431]);

export const createHostileClient = (baseUrl: string) => {
  const agent = new Agent({ keepAlive: true, maxSockets: SOCKETS });
  const { hostname, port } = new URL(baseUrl);
  const send = ({ method, path, headers, body }: Sent): Promise<Heard> =>
    new Promise((resolve) => {
      const call = request({ agent, hostname, port, method, path }, (answer) => {
        const chunks: Buffer[] = [];
        answer.on('data', (chunk: Buffer) => chunks.push(chunk));
        answer.on('error', () => resolve(CUT));
        answer.on('end', () =>
          resolve({
            status: answer.statusCode ?? 0,
            text: Buffer.concat(chunks).toString(),
            headers: answer.headers,
          }),
        );
      });
      for (const [name, value] of headers) call.setHeader(name, value);
      // Else this client sends the body of a DELETE without a word about its length, as a request of its own.
      if (method === 'DELETE' && body !== undefined)
        call.setHeader('content-length', Buffer.byteLength(body));
      call.on('error', () => resolve(CUT));
      call.end(body);
    });
  return { send, close: () => agent.destroy() };
};
export type HostileClient = ReturnType<typeof createHostileClient>;

const errorOf = (text: string): unknown => {
  try {
    const value: unknown = JSON.parse(text);
    const isPlain = typeof value === 'object' && value !== null && 'error' in value;
    return isPlain && Object.keys(value).length === 1 ? value.error : undefined;
  } catch {
    return undefined;
  }
};

/** What is wrong with an answer, whatever was asked; null when nothing is. */
export const faultOf = ({ status, text, headers }: Heard): string | null => {
  if (status === 503 && headers['retry-after'] !== undefined) return null;
  if (status >= 500) return `${status} ${text}`;
  if (status < 400) return null;
  if (text === '' && (WITHOUT_BODY.has(status) || headers['connection'] === 'close')) return null;
  if (headers['x-content-type-options'] !== 'nosniff') return 'no security headers';
  const error = errorOf(text);
  return typeof error === 'string' && ERRORS.has(error) ? null : `${status} ${text.slice(0, 200)}`;
};

export const jsonHeaders = (token?: string): readonly (readonly [string, string])[] => [
  ['content-type', 'application/json'],
  ...(token === undefined ? [] : ([['authorization', `Bearer ${token}`]] as const)),
];

const SHOWN_CHARS = 120;

/** A request in one line, without its token. */
export const shown = ({ method, path, headers, body = '' }: Sent): string => {
  const told = headers.filter(([name]) => name !== 'authorization').map((pair) => pair.join('='));
  return [method, path, ...told, body.toString()]
    .map((part) => part.slice(0, SHOWN_CHARS))
    .join(' ');
};

/** Runs jobs, a few at a time. */
export const inParallel = async <A>(
  jobs: readonly A[],
  work: (job: A, index: number) => Promise<void>,
): Promise<void> => {
  const waiting = jobs.entries();
  const worker = async () => {
    for (const [index, job] of waiting) await work(job, index);
  };
  await Promise.all(Array.from({ length: SOCKETS }, worker));
};

/** All that a person sees of a guild, to be compared. */
export const stateOf = async (
  api: ApiClient,
  { token, userId }: Person,
  { guildId, channelId }: Place,
): Promise<readonly unknown[]> => {
  const paths = [
    '/auth/me',
    `/users/${userId}/profile`,
    '/guilds',
    `/guilds/${guildId}/channels`,
    `/guilds/${guildId}/roles`,
    `/guilds/${guildId}/members`,
    `/guilds/${guildId}/channels/${channelId}/messages?limit=100`,
  ];
  const answers = await Promise.all(paths.map((path) => api.request('GET', path, { token })));
  return answers.map(({ status, body }) => ({ status, body }));
};
