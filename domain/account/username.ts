import * as t from 'io-ts';

const PATTERN = /^[A-Za-z0-9_.]{3,32}$/;

/** A name as its owner typed it: 3 to 32 of ASCII letters, digits, `_` and `.`. */
export type Username = string & { readonly isUsername: true };
export const Username = new t.Type<Username, string, unknown>(
  'Username',
  (value): value is Username => typeof value === 'string' && PATTERN.test(value),
  (value, context) =>
    typeof value === 'string' && PATTERN.test(value)
      ? t.success(value as Username)
      : t.failure(value, context),
  (name) => name,
);

/** What makes two names the same: names that differ only in case are one, or one person could pass for another. */
export const canonicalUsername = (name: Username): string => name.toLowerCase();
