import { type ErrorCode } from '../../http/error-codes.ts';

// A code without a meaning does not compile.
const MEANINGS: Readonly<Record<ErrorCode, string>> = {
  invalid_request: 'malformed, or outside a bound; 422 when a JSON body has the wrong shape',
  invalid_credentials: 'no valid token, or wrong name or password; never says which',
  forbidden: 'you know of it, but may not',
  not_found: 'not there, or not yours to know of',
  quota_exceeded: 'as many as there may be already',
  conflict: 'lost a race three times; repeat it',
  payload_too_large: 'the body is longer than the bound',
  unsupported_media_type: 'the body is not of the type wanted',
  idempotency_key_reused: 'the same `Idempotency-Key` came with another request before',
  rate_limited: 'too many; `Retry-After` says for how many seconds',
  internal_error: 'a fault of the server; `x-request-id` finds it in the log',
  unavailable: 'not just now; `Retry-After` says for how many seconds',
  search_unavailable:
    'the search index can not be asked now, all else works; `Retry-After` says for how many seconds',
  audit_access_denied: 'you may not look at who did what there',
  captcha_failed: 'the captcha was missing, malformed, refused or could not be verified',
  guild_creation_limit_reached: 'you made as many guilds as one person may',
  directory_join_user_banned: 'you are banned there',
  directory_join_ip_banned: 'your address is banned there',
};

export const ERROR_MEANINGS = Object.entries(MEANINGS) as readonly (readonly [ErrorCode, string])[];
