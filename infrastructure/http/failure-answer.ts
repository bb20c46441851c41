import { type Failure } from '../../application/failure.ts';
import { isError } from '../logging/is-error.ts';

/** What a failure looks like over HTTP (base contract 1.2); bodies are prepared, since refusals come in floods. */
export type FailureAnswer = {
  readonly status: number;
  readonly body: string;
  readonly retryAfterSecs?: number;
};

const answer = (status: number, code: string): FailureAnswer => ({
  status,
  body: JSON.stringify({ error: code }),
});

export const INTERNAL_ERROR = answer(500, 'internal_error');
export const INVALID_REQUEST = answer(400, 'invalid_request');
export const UNPROCESSABLE = answer(422, 'invalid_request');
export const UNSUPPORTED_MEDIA_TYPE = answer(415, 'unsupported_media_type');
export const PAYLOAD_TOO_LARGE = answer(413, 'payload_too_large');
const UNAUTHENTICATED = answer(401, 'invalid_credentials');
const FORBIDDEN = answer(403, 'forbidden');
const NOT_FOUND = answer(404, 'not_found');
const QUOTA_EXCEEDED = answer(409, 'quota_exceeded');
const CONFLICT = answer(409, 'conflict');
const KEY_REUSED = answer(422, 'idempotency_key_reused');
const RATE_LIMITED = answer(429, 'rate_limited');
const UNAVAILABLE = answer(503, 'unavailable');
const SEARCH_UNAVAILABLE = answer(503, 'search_unavailable');

export const answerOf = (failure: Failure): FailureAnswer => {
  switch (failure.type) {
    case 'Invalid':
      return INVALID_REQUEST;
    case 'Unauthenticated':
      return UNAUTHENTICATED;
    case 'Forbidden':
      return FORBIDDEN;
    case 'NotFound':
      return NOT_FOUND;
    case 'Refused':
      return answer(403, failure.code);
    case 'PayloadTooLarge':
      return PAYLOAD_TOO_LARGE;
    case 'QuotaExceeded':
      return QUOTA_EXCEEDED;
    case 'Conflict':
      return CONFLICT;
    case 'IdempotencyKeyReused':
      return KEY_REUSED;
    case 'RateLimited':
      return { ...RATE_LIMITED, retryAfterSecs: failure.retryAfterSecs };
    case 'Unavailable':
      return { ...UNAVAILABLE, retryAfterSecs: failure.retryAfterSecs };
    case 'SearchUnavailable':
      return { ...SEARCH_UNAVAILABLE, retryAfterSecs: failure.retryAfterSecs };
  }
};

// PostgreSQL classes 08 (connection), 53 (resources), 57 (operator intervention) and the socket's own errors pass by
// themselves, so the client is told to try again; nothing else thrown does.
const PASSING =
  /^(?:08|53|57)\w{3}$|^(?:ECONNREFUSED|ECONNRESET|ETIMEDOUT|EPIPE|ENOTFOUND|EAI_AGAIN)$/;

// What the PostgreSQL client says of a connection that is gone, without a code.
const CONNECTION_GONE =
  /^(?:Connection terminated|timeout exceeded when trying to connect|Client (?:has encountered a connection error|was closed) and is not queryable)/;
const CAUSES_MAX = 4;

/** Whether an error, or what it was caused by, passes by itself. */
export const isPassing = (error: unknown, causesMax = CAUSES_MAX): boolean =>
  isError(error) &&
  (('code' in error && typeof error.code === 'string' && PASSING.test(error.code)) ||
    CONNECTION_GONE.test(error.message) ||
    (causesMax > 0 && isPassing(error.cause, causesMax - 1)));
