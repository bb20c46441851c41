import * as t from 'io-ts';

/** A fragment of JSON Schema (draft 2020-12): what a codec takes, said to those who don't read TypeScript. */
export type JsonSchema = { readonly [keyword: string]: unknown };

export type Described = { readonly jsonSchema: JsonSchema };

/**
 * The same codec, saying what it takes. For codecs made by hand, whose code tells nobody; those put together from others
 * by io-ts say it by their parts. A test holds codec and schema to each other.
 */
export const described = <A, O, I>(
  codec: t.Type<A, O, I>,
  jsonSchema: JsonSchema,
): t.Type<A, O, I> & Described =>
  Object.assign(new t.Type(codec.name, codec.is, codec.validate, codec.encode), { jsonSchema });
