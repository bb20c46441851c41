// The codes of error answers (base contract 1.2 and ours) with the status each comes with.
import { type RefusalCode } from '../../application/failure.ts';

const STATUS_OF_CODE = {
  invalid_request: 400,
  invalid_credentials: 401,
  forbidden: 403,
  not_found: 404,
  quota_exceeded: 409,
  conflict: 409,
  payload_too_large: 413,
  unsupported_media_type: 415,
  idempotency_key_reused: 422,
  rate_limited: 429,
  internal_error: 500,
  unavailable: 503,
  search_unavailable: 503,
} as const;

type PlainCode = keyof typeof STATUS_OF_CODE;
export type ErrorCode = PlainCode | RefusalCode;

const isPlain = (code: ErrorCode): code is PlainCode => Object.hasOwn(STATUS_OF_CODE, code);

/** Refusals with a code of their own are all 403. */
export const statusOfCode = (code: ErrorCode): number =>
  isPlain(code) ? STATUS_OF_CODE[code] : 403;
