import { type Failure } from '../../application/failure.ts';

/** The code by which a failed command is named to the client: the same as over HTTP. */
export const failureCode = (failure: Failure): string => {
  switch (failure.type) {
    case 'Invalid':
      return 'invalid_request';
    case 'Unauthenticated':
      return 'invalid_credentials';
    case 'Forbidden':
      return 'forbidden';
    case 'NotFound':
      return 'not_found';
    case 'Refused':
      return failure.code;
    case 'PayloadTooLarge':
      return 'payload_too_large';
    case 'QuotaExceeded':
      return 'quota_exceeded';
    case 'Conflict':
      return 'conflict';
    case 'IdempotencyKeyReused':
      return 'idempotency_key_reused';
    case 'RateLimited':
      return 'rate_limited';
    case 'Unavailable':
      return 'unavailable';
    case 'SearchUnavailable':
      return 'search_unavailable';
  }
};
