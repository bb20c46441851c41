// Random JSON for a schema, and random damage to it.
import fc from 'fast-check';
import { type JsonSchema } from '../../../domain/shared/described.ts';

const ANY_JSON = fc.jsonValue({ maxDepth: 2 });
const LENGTH_MAX = 4;

const objectOf = (schema: JsonSchema): fc.Arbitrary<unknown> => {
  const properties = (schema['properties'] ?? {}) as Readonly<Record<string, JsonSchema>>;
  const requiredKeys = (schema['required'] ?? []) as string[];
  const values = Object.fromEntries(
    Object.entries(properties).map(([name, property]) => [name, valueOf(property)]),
  );
  return fc.record(values, { requiredKeys });
};

/** Values that a schema takes; of the keywords that our schemas use and no others. */
export const valueOf = (schema: JsonSchema): fc.Arbitrary<unknown> => {
  if ('const' in schema) return fc.constant(schema['const']);
  if ('enum' in schema) return fc.constantFrom(...(schema['enum'] as unknown[]));
  if ('anyOf' in schema) return fc.oneof(...(schema['anyOf'] as JsonSchema[]).map(valueOf));
  switch (schema['type']) {
    case undefined:
      return ANY_JSON;
    case 'null':
      return fc.constant(null);
    case 'boolean':
      return fc.boolean();
    case 'integer':
      return fc.integer({
        ...('minimum' in schema && { min: schema['minimum'] as number }),
        ...('maximum' in schema && { max: schema['maximum'] as number }),
      });
    case 'number':
      return fc.double({ noNaN: true, noDefaultInfinity: true });
    case 'string':
      return 'pattern' in schema
        ? fc.stringMatching(new RegExp(schema['pattern'] as string, 'u'))
        : fc.string();
    case 'array':
      return fc.array(valueOf(schema['items'] as JsonSchema), { maxLength: LENGTH_MAX });
    case 'object':
      return objectOf(schema);
    default:
      throw new Error(`no values for ${JSON.stringify(schema)}`);
  }
};

type Damage = {
  readonly at: number;
  readonly how: 'replace' | 'remove' | 'add';
  readonly by: unknown;
};

/** One change somewhere in a value: a part replaced, a key or item taken away, or one added. */
export const damage: fc.Arbitrary<Damage> = fc.record({
  at: fc.nat(),
  how: fc.constantFrom('replace', 'remove', 'add'),
  by: ANY_JSON,
});

const places = (value: unknown): number =>
  typeof value === 'object' && value !== null
    ? Object.values(value).reduce((sum: number, part) => sum + places(part), 1)
    : 1;

const damagedHere = (value: unknown, { how, by }: Damage): unknown => {
  if (how === 'replace' || typeof value !== 'object' || value === null) return by;
  if (Array.isArray(value)) return how === 'add' ? [...(value as unknown[]), by] : value.slice(1);
  if (how === 'add') return { ...value, 'a key nobody knows': by };
  return Object.fromEntries(Object.entries(value).slice(1));
};

/** The value with the damage done at one of its parts. */
export const damaged = (value: unknown, change: Damage): unknown => {
  let left = change.at % places(value);
  const walk = (part: unknown): unknown => {
    if (left-- === 0) return damagedHere(part, change);
    if (Array.isArray(part)) return part.map(walk);
    if (typeof part !== 'object' || part === null) return part;
    return Object.fromEntries(Object.entries(part).map(([key, inner]) => [key, walk(inner)]));
  };
  return walk(value);
};
