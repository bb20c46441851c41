// One place where requests leave and answers are decoded; nothing undecoded gets past this file.
import { type Either, isLeft, left, right } from 'fp-ts/lib/Either.js';
import type * as t from 'io-ts';
import { ErrorBody } from '../../../../application/contract/answers.ts';

export type ApiFailure =
  /** No answer at all: the network, the server or the wait gave up. Safe to try again with the same key. */
  | { readonly type: 'Unreachable' }
  /** The server is there but can't do it now (429 and 5xx). */
  | { readonly type: 'Busy'; readonly status: number; readonly retryAfterSecs: number | null }
  | { readonly type: 'Refused'; readonly status: number; readonly code: string }
  /** An answer that breaks the contract. */
  | { readonly type: 'Malformed' };

export type Answer<A> = Either<ApiFailure, A>;

export type RequestOptions<A> = {
  readonly method?: 'GET' | 'POST' | 'PATCH' | 'DELETE';
  readonly path: string;
  readonly codec: t.Decoder<unknown, A>;
  readonly body?: unknown;
  readonly idempotencyKey?: string;
};

const REQUEST_MS_MAX = 15_000;
const UNREACHABLE: ApiFailure = { type: 'Unreachable' };

/** Whether the same request may well succeed later without anybody changing it. */
export const isPassing = (failure: ApiFailure): boolean =>
  failure.type === 'Unreachable' || failure.type === 'Busy';

const parse = (text: string): unknown => {
  try {
    return text === '' ? null : JSON.parse(text);
  } catch {
    return null;
  }
};

// Extractor failures carry plain text, so the status speaks where no code does (base contract 1.3).
const codeOf = (status: number, body: unknown): string => {
  const decoded = ErrorBody.decode(body);
  if (decoded._tag === 'Right') return decoded.right.error;
  if (status === 401) return 'invalid_credentials';
  if (status === 403) return 'forbidden';
  if (status === 404) return 'not_found';
  if (status === 413) return 'payload_too_large';
  return 'invalid_request';
};

const retryAfterOf = (headers: Headers): number | null => {
  const seconds = Number(headers.get('retry-after') ?? Number.NaN);
  return Number.isFinite(seconds) && seconds >= 0 ? seconds : null;
};

const read = async <A>(answer: Response, codec: t.Decoder<unknown, A>): Promise<Answer<A>> => {
  const body = parse(await answer.text());
  const { status } = answer;
  if (status === 429 || status === 408 || status >= 500)
    return left({ type: 'Busy', status, retryAfterSecs: retryAfterOf(answer.headers) });
  if (!answer.ok) return left({ type: 'Refused', status, code: codeOf(status, body) });
  const decoded = codec.decode(body);
  return isLeft(decoded) ? left({ type: 'Malformed' }) : right(decoded.right);
};

export type Send = <A>(
  options: RequestOptions<A>,
  accessToken: string | null,
) => Promise<Answer<A>>;

/** Sends one request as it is; sign-in and token renewal use it, everything else goes through `createApi`. */
export const createSend =
  ({ baseUrl, fetch }: { readonly baseUrl: string; readonly fetch: typeof window.fetch }): Send =>
  async ({ method = 'GET', path, codec, body, idempotencyKey }, accessToken) => {
    const headers: Record<string, string> = {
      ...(accessToken === null ? {} : { authorization: `Bearer ${accessToken}` }),
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      ...(idempotencyKey === undefined ? {} : { 'idempotency-key': idempotencyKey }),
    };
    try {
      const answer = await fetch(`${baseUrl}${path}`, {
        method,
        headers,
        body: body === undefined ? null : JSON.stringify(body),
        signal: AbortSignal.timeout(REQUEST_MS_MAX),
        cache: 'no-store',
        credentials: 'omit',
      });
      return await read(answer, codec);
    } catch {
      return left(UNREACHABLE);
    }
  };
