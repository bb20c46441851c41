// One environment variable: its codec, its default, and what to do when its value is refused.
import * as t from 'io-ts';
import { isLeft } from 'fp-ts/lib/Either.js';

export type Setting<A> = {
  readonly variable: string;
  readonly codec: t.Decoder<unknown, A>;
  readonly fallback: A;
  readonly fix: string; // Completes "Set it to …"
  readonly secret: boolean; // Also read from `<variable>_FILE`; its value is never shown
};

export type ConfigProblem = { readonly variable: string; readonly message: string };

const refined = <A>(name: string, parse: (text: string) => A | undefined) =>
  new t.Type<A, unknown>(
    name,
    (value): value is A => value !== undefined,
    (value, context) => {
      const parsed = typeof value === 'string' ? parse(value.trim()) : undefined;
      return parsed === undefined ? t.failure(value, context) : t.success(parsed);
    },
    String,
  );

/** A whole number between two bounds, both allowed. */
export const wholeNumber = (
  variable: string,
  fallback: number,
  bounds: { readonly min: number; readonly max: number },
): Setting<number> => ({
  variable,
  fallback,
  secret: false,
  fix: `a whole number from ${bounds.min} to ${bounds.max}`,
  codec: refined('WholeNumber', (text) => {
    const value = /^\d{1,15}$/.test(text) ? Number(text) : Number.NaN;
    return value >= bounds.min && value <= bounds.max ? value : undefined;
  }),
});

export const oneOf = <const A extends string>(
  variable: string,
  fallback: A,
  values: readonly A[],
): Setting<A> => ({
  variable,
  fallback,
  secret: false,
  fix: `one of ${values.join(', ')}`,
  codec: refined('OneOf', (text) => values.find((value) => value === text)),
});

/** A text that a pattern accepts; absent or blank gives the fallback. */
export const matching = <A extends string | null>(
  variable: string,
  fallback: A,
  pattern: RegExp,
  fix: string,
  secret = false,
): Setting<string | A> => ({
  variable,
  fallback,
  secret,
  fix,
  codec: refined<string | A>('Matching', (text) => (pattern.test(text) ? text : undefined)),
});

export const parsed = <A>(
  variable: string,
  fallback: A,
  fix: string,
  parse: (text: string) => A | undefined,
): Setting<A> => ({ variable, fallback, secret: false, fix, codec: refined('Parsed', parse) });

export type Environment = Readonly<Record<string, string | undefined>>;

/** Reads one setting; a blank value counts as absent. The problem never repeats the value, which may be a secret. */
export const readSetting = <A>(
  { variable, codec, fallback, fix, secret }: Setting<A>,
  environment: Environment,
  readFile: (path: string) => string | null,
  problems: ConfigProblem[],
): A => {
  const direct = environment[variable];
  const path = secret ? environment[`${variable}_FILE`] : undefined;
  if (direct && path) {
    problems.push({
      variable,
      message: `${variable} and ${variable}_FILE are both set. Unset one.`,
    });
    return fallback;
  }
  const text = path ? readFile(path) : direct;
  if (text === null) {
    problems.push({
      variable,
      message: `${variable}_FILE names a file that can't be read. Check the path and its permissions.`,
    });
    return fallback;
  }
  if (text === undefined || text.trim() === '') return fallback;
  const decoded = codec.decode(text);
  if (isLeft(decoded)) {
    problems.push({
      variable,
      message: `${variable} is not valid. Set it to ${fix}, or unset it.`,
    });
    return fallback;
  }
  return decoded.right;
};
