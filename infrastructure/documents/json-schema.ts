// io-ts codecs in the words of JSON Schema (draft 2020-12). The schema says what the codec's `decode` takes, so a strict
// codec, which strips keys it does not know, is an open object, and only `closed` ones forbid further keys.
import { isLeft } from 'fp-ts/lib/Either.js';
import type * as t from 'io-ts';
import { type Described, type JsonSchema } from '../../domain/shared/described.ts';

/** Names of codecs that a document defines once and points to. */
export type SchemaNames = ReadonlyMap<t.Mixed, string>;

const NO_NAMES: SchemaNames = new Map();

/** The fields of an object, which JSON Schema and parameters of a query tell in different words. */
export type Fields = {
  readonly fields: Readonly<
    Record<
      string,
      { readonly codec: t.Mixed; readonly required: boolean; readonly nullable: boolean }
    >
  >;
  readonly closed: boolean; // Refuses other keys
};

type ClosedFields = {
  readonly closedFields: { readonly required: t.Props; readonly optional: t.Props };
};

/** What the codecs of io-ts are made of, by their tags. */
type Tagged =
  | t.InterfaceType<t.Props>
  | t.PartialType<t.Props>
  | t.ExactType<t.HasProps>
  | t.IntersectionType<t.Mixed[]>
  | t.UnionType<t.Mixed[]>
  | t.LiteralType<string | number | boolean>
  | t.KeyofType<Record<string, unknown>>
  | t.ArrayType<t.Mixed>
  | t.ReadonlyArrayType<t.Mixed>
  | t.ReadonlyType<t.Mixed>
  | t.DictionaryType<t.Mixed, t.Mixed>
  | t.RefinementType<t.Mixed>
  | t.AnyDictionaryType
  | t.StringType
  | t.NumberType
  | t.BooleanType
  | t.NullType
  | t.UnknownType;

const isTagged = (codec: t.Mixed): codec is Tagged => '_tag' in codec;
const isDescribed = (codec: t.Mixed): codec is t.Mixed & Described => 'jsonSchema' in codec;
const isClosed = (codec: t.Mixed): codec is t.Mixed & ClosedFields => 'closedFields' in codec;

// A field whose codec takes `undefined` may as well be left out.
const isRequired = (codec: t.Mixed): boolean => isLeft(codec.decode(undefined));

const fieldsFrom = (
  props: t.Props,
  required: (codec: t.Mixed) => boolean,
  nullable = false,
): Fields['fields'] =>
  Object.fromEntries(
    Object.entries(props).map(([name, codec]) => [
      name,
      { codec, required: required(codec), nullable },
    ]),
  );

/** The fields of an object's codec; null when it is no object. */
export const fieldsOf = (codec: t.Mixed): Fields | null => {
  if (isClosed(codec)) {
    const { required, optional } = codec.closedFields;
    const fields = {
      ...fieldsFrom(optional, () => false, true),
      ...fieldsFrom(required, isRequired),
    };
    return { fields, closed: true };
  }
  if (!isTagged(codec)) return null;
  if (codec._tag === 'InterfaceType')
    return { fields: fieldsFrom(codec.props, isRequired), closed: false };
  if (codec._tag === 'PartialType')
    return { fields: fieldsFrom(codec.props, () => false), closed: false };
  if (codec._tag === 'ExactType' || codec._tag === 'ReadonlyType') return fieldsOf(codec.type);
  return codec._tag === 'IntersectionType' ? fieldsOfAll(codec.types) : null;
};

const fieldsOfAll = (codecs: readonly t.Mixed[]): Fields | null => {
  const parts = codecs.map((codec) => fieldsOf(codec));
  if (parts.some((part) => part === null)) return null;
  return {
    fields: Object.assign({}, ...parts.map((part) => part?.fields)) as Fields['fields'],
    closed: parts.some((part) => part?.closed === true),
  };
};

const objectSchema = ({ fields, closed }: Fields, names: SchemaNames): JsonSchema => {
  const required = Object.entries(fields).flatMap(([name, field]) =>
    field.required ? [name] : [],
  );
  return {
    type: 'object',
    properties: Object.fromEntries(
      Object.entries(fields).map(([name, { codec, nullable }]) => {
        const schema = schemaOf(codec, names);
        return [name, nullable ? orNull(schema) : schema];
      }),
    ),
    ...(required.length > 0 && { required }),
    ...(closed && { additionalProperties: false }),
  };
};

const orNull = (schema: JsonSchema): JsonSchema =>
  Object.keys(schema).length === 0 ? schema : { anyOf: [schema, { type: 'null' }] };

const unionSchema = (types: readonly t.Mixed[], names: SchemaNames): JsonSchema => {
  const schemas = types.map((type) => schemaOf(type, names));
  return schemas.every((schema) => 'const' in schema)
    ? { enum: schemas.map((schema) => schema['const']) }
    : { anyOf: schemas };
};

const schemaOfTagged = (codec: Tagged, names: SchemaNames): JsonSchema => {
  switch (codec._tag) {
    case 'StringType':
      return { type: 'string' };
    case 'NumberType':
      return { type: 'number' };
    case 'BooleanType':
      return { type: 'boolean' };
    case 'NullType':
      return { type: 'null' };
    case 'UnknownType':
      return {};
    case 'AnyDictionaryType':
      return { type: 'object' };
    case 'DictionaryType':
      return { type: 'object', additionalProperties: schemaOf(codec.codomain, names) };
    case 'LiteralType':
      return { const: codec.value };
    case 'KeyofType':
      return { enum: Object.keys(codec.keys) };
    case 'ArrayType':
    case 'ReadonlyArrayType':
      return { type: 'array', items: schemaOf(codec.type, names) };
    case 'ExactType':
    case 'ReadonlyType':
      return schemaOf(codec.type, names);
    case 'UnionType':
      return unionSchema(codec.types, names);
    case 'RefinementType':
      if (codec.name === 'Int') return { type: 'integer' };
      break;
    case 'InterfaceType':
    case 'PartialType':
    case 'IntersectionType':
      break;
  }
  throw new Error(
    `There are no words for the codec ${codec.name}. Wrap it in described() (domain/shared/described.ts).`,
  );
};

/** The schema of a codec, whether or not the document has a name for it. */
export const definitionOf = (codec: t.Mixed, names: SchemaNames = NO_NAMES): JsonSchema => {
  if (isDescribed(codec)) return codec.jsonSchema;
  const fields = fieldsOf(codec);
  if (fields !== null) return objectSchema(fields, names);
  if (isTagged(codec)) return schemaOfTagged(codec, names);
  throw new Error(
    `The codec ${codec.name} was made by hand. Wrap it in described() (domain/shared/described.ts).`,
  );
};

/** The schema of a codec: a pointer to its definition where the document has a name for it. */
export const schemaOf = (codec: t.Mixed, names: SchemaNames = NO_NAMES): JsonSchema => {
  const name = names.get(codec);
  return name === undefined ? definitionOf(codec, names) : { $ref: `#/components/schemas/${name}` };
};
