// What can go wrong with a bucket, in words that say what to do. Nothing that came from outside is repeated in them but
// an error's code: a server's message may hold parts of a signature.
import { isError } from '../../logging/is-error.ts';
import { type S3Settings } from './s3-settings.ts';

export class S3Failure extends Error {
  override readonly name = 'S3Failure';
  readonly isPassing: boolean; // Worth trying again
  readonly code: string;

  constructor(
    message: string,
    { isPassing, code, cause }: { isPassing: boolean; code: string; cause?: unknown },
  ) {
    super(message, { cause });
    this.isPassing = isPassing;
    this.code = code;
  }
}

const PASSING_STATUS: ReadonlySet<number> = new Set([408, 429, 500, 502, 503, 504]);
const PASSING_CODES: ReadonlySet<string> = new Set([
  'InternalError',
  'RequestTimeout',
  'ServiceUnavailable',
  'SlowDown',
]);

const WRONG_REGION =
  'The bucket is in another region. Set FILAMENT_S3_REGION and FILAMENT_S3_ENDPOINT to its own.';
const REASONS: Readonly<Record<string, string>> = {
  NoSuchBucket: 'There is no such bucket. Create it, or set FILAMENT_S3_BUCKET to one there is.',
  InvalidAccessKeyId: 'The storage does not know the access key. Check FILAMENT_S3_ACCESS_KEY_ID.',
  SignatureDoesNotMatch:
    'The secret key does not belong to the access key. Check FILAMENT_S3_SECRET_ACCESS_KEY and FILAMENT_S3_REGION.',
  AccessDenied:
    'The access key may not do this. It needs s3:ListBucket on the bucket and s3:GetObject, s3:PutObject and s3:DeleteObject on what is in it.',
  RequestTimeTooSkewed:
    'The clock of this machine differs too much from that of the storage. Set it, and keep it set by NTP.',
  AuthorizationHeaderMalformed: WRONG_REGION,
  PermanentRedirect: WRONG_REGION,
};

/** What an answer that is none of the expected means. */
export const answerFailure = (status: number, code: string | null): S3Failure => {
  const known = code === null ? undefined : REASONS[code];
  const named = code ?? String(status);
  return new S3Failure(
    known === undefined
      ? `The storage answered ${status}${code === null ? '' : ` ${code}`}.`
      : `${known} (${named})`,
    { isPassing: PASSING_STATUS.has(status) || PASSING_CODES.has(named), code: named },
  );
};

const codeOf = (error: unknown): string =>
  isError(error) && 'code' in error && typeof error.code === 'string' ? error.code : 'network';

/** What a connection that failed means. */
export const networkFailure = (
  { endpoint }: Pick<S3Settings, 'endpoint'>,
  cause: unknown,
): S3Failure => {
  if (cause instanceof S3Failure) return cause;
  const code = codeOf(cause);
  return new S3Failure(
    `The storage can't be reached at ${endpoint} (${code}). Check FILAMENT_S3_ENDPOINT, and that it runs.`,
    { isPassing: true, code, cause },
  );
};

export const timedOut = ({ timeoutMs }: Pick<S3Settings, 'timeoutMs'>): S3Failure =>
  new S3Failure(
    `The storage did not answer within ${timeoutMs} ms. Check FILAMENT_S3_ENDPOINT, and that it runs.`,
    { isPassing: true, code: 'timeout' },
  );
