// Arrays as PostgreSQL reads them. The driver makes them too, but searches each element twice and builds the text piece by
// piece; batches of rows go to the database as a dozen arrays, for every message posted.

const SPECIAL = /["\\]/g;

const quoted = (text: string): string =>
  text.includes('"') || text.includes('\\') ? `"${text.replace(SPECIAL, '\\$&')}"` : `"${text}"`;

const elementOf = (value: unknown): string => {
  if (typeof value === 'string') return quoted(value);
  if (value === null || value === undefined) return 'NULL';
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  if (Buffer.isBuffer(value)) return `"\\\\x${value.toString('hex')}"`;
  throw new TypeError('Only texts, numbers, booleans, bytes and nulls go into an array.');
};

/**
 * A one-dimensional array of texts, numbers, booleans, bytes and nulls (PostgreSQL manual, 8.15.2 Array Value Input).
 * Throws a TypeError on anything else.
 */
export const arrayLiteral = (values: readonly unknown[]): string =>
  `{${values.map(elementOf).join(',')}}`;

/** Parameters of a statement, arrays among them as text. */
export const parametersOf = (values: readonly unknown[]): unknown[] =>
  values.map((value) => (Array.isArray(value) ? arrayLiteral(value) : value));
