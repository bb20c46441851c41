// One JSON line per event. Nothing secret may pass: lines are built from chosen fields, known secret names are redacted,
// and what looks like a token is cut out of the finished line.
import { pino, stdSerializers, type DestinationStream, type Logger } from 'pino';
import { isError } from './is-error.ts';

export type Log = Logger;

// Names under which a secret could stand in a logged object, at its top or one level down.
const SECRET_FIELDS = [
  'password',
  'phc',
  'token',
  'access_token',
  'accessToken',
  'refresh_token',
  'refreshToken',
  'captcha_token',
  'captchaToken',
  'authorization',
  'cookie',
  'secret',
  'content',
];

const TOKEN_SHAPES =
  /v[1-4]\.(?:public|local)\.[\w-]+(?:\.[\w-]+)?|[0-7][0-9A-HJKMNP-TV-Z]{25}\.[\w-]{43}|\$argon2\w*\$[^"\s]+|((?:access_token|token|ticket)=)[^&"\s\\]+|(Bearer )[^"\s\\]+/g;

/** The line without anything that has the shape of a token or a password hash. */
export const withoutTokens = (line: string): string =>
  line.replace(
    TOKEN_SHAPES,
    (_match, name?: string, scheme?: string) => `${name ?? scheme ?? ''}[redacted]`,
  );

// A database error carries rows in `detail`, `where` and `parameters`; only what is certainly ours is kept.
const serializeError = (error: unknown) => {
  if (!isError(error)) return { type: typeof error };
  const { type, message, stack } = stdSerializers.err(error);
  return { type, message, stack, ...('code' in error && { code: error.code }) };
};

/** Makes the log of a process; it writes to standard output unless told otherwise. */
export const createLog = ({
  level,
  destination,
}: {
  readonly level: 'trace' | 'debug' | 'info' | 'warn' | 'error' | 'silent';
  readonly destination?: DestinationStream;
}): Log => {
  const options = {
    level,
    base: null,
    timestamp: () => `,"time":"${new Date().toISOString()}"`,
    formatters: { level: (label: string) => ({ level: label }) },
    serializers: { err: serializeError },
    redact: {
      paths: SECRET_FIELDS.flatMap((field) => [field, `*.${field}`]),
      censor: '[redacted]',
    },
    hooks: { streamWrite: withoutTokens },
  };
  return destination === undefined ? pino(options) : pino(options, destination);
};
