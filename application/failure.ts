// Why a request was not done. Expected outcomes are values; only bugs are thrown.

export type Failure =
  | { readonly type: 'Invalid' } // 400 invalid_request
  | { readonly type: 'Unauthenticated' } // 401 invalid_credentials, one wording for every cause
  | { readonly type: 'Forbidden' } // 403 forbidden
  | { readonly type: 'NotFound' } // 404 not_found, whenever existence is secret too
  | { readonly type: 'Refused'; readonly code: RefusalCode } // 403 with its own code
  | { readonly type: 'PayloadTooLarge' } // 413 payload_too_large
  | { readonly type: 'QuotaExceeded' } // 409 quota_exceeded
  | { readonly type: 'Conflict' } // 409 conflict: lost the race three times; safe to retry
  | { readonly type: 'IdempotencyKeyReused' } // 422 idempotency_key_reused
  | { readonly type: 'RateLimited'; readonly retryAfterSecs: number } // 429 rate_limited
  | { readonly type: 'Unavailable'; readonly retryAfterSecs: number } // 503 unavailable
  | { readonly type: 'SearchUnavailable'; readonly retryAfterSecs: number }; // 503 search_unavailable: all else works

export type RefusalCode =
  | 'captcha_failed'
  | 'audit_access_denied'
  | 'guild_creation_limit_reached'
  | 'directory_join_user_banned'
  | 'directory_join_ip_banned';

export const INVALID: Failure = { type: 'Invalid' };
export const UNAUTHENTICATED: Failure = { type: 'Unauthenticated' };
export const FORBIDDEN: Failure = { type: 'Forbidden' };
export const NOT_FOUND: Failure = { type: 'NotFound' };
