import * as t from 'io-ts';

/** A value refused because of a key its codec does not know; `wrongKey` names it. */
export const UNKNOWN_KEY = 'unknown key';

/**
 * An object that refuses unknown keys, which `t.strict` would only strip. For everything a client sends:
 * a misspelt optional field must be an error, not a silent no-op. Only own keys count, so `__proto__` is one more
 * unknown key. Optional fields accept `null` as absent (base contract 1.1) and are undefined after decoding, unless null
 * is one of their own values.
 */
export const closed = <R extends t.Props, O extends t.Props>(required: R, optional: O) => {
  type Value = { readonly [K in keyof R]: t.TypeOf<R[K]> } & {
    readonly [K in keyof O]?: t.TypeOf<O[K]> | undefined;
  };
  const fields: t.Props = { ...optional, ...required };
  const decodeField = (key: string, value: unknown, context: t.Context) => {
    const codec = Object.hasOwn(fields, key) ? fields[key] : undefined;
    if (codec === undefined) return t.failure<unknown>(value, context, UNKNOWN_KEY);
    const isAbsent = value === undefined || (value === null && !codec.is(null));
    if (isAbsent && !Object.hasOwn(required, key)) return t.success(undefined);
    return codec.validate(value, t.appendContext(context, key, codec, value));
  };
  const codec = new t.Type<Value>(
    `{ ${Object.keys(fields).join(', ')} }`,
    (value): value is Value =>
      t.UnknownRecord.is(value) &&
      Object.keys(value).every((key) => Object.hasOwn(fields, key)) &&
      Object.entries(required).every(([key, codec]) => codec.is(value[key])) &&
      Object.entries(optional).every(
        ([key, codec]) => value[key] === undefined || codec.is(value[key]),
      ),
    (value, context) => {
      if (!t.UnknownRecord.is(value) || Array.isArray(value)) return t.failure(value, context);
      const decoded: Record<string, unknown> = {};
      const errors: t.Errors = [];
      for (const key of new Set([...Object.keys(required), ...Object.keys(value)])) {
        const outcome = decodeField(
          key,
          Object.hasOwn(value, key) ? value[key] : undefined,
          context,
        );
        if (outcome._tag === 'Left') errors.push(...outcome.left);
        else if (outcome.right !== undefined) decoded[key] = outcome.right;
      }
      return errors.length > 0 ? t.failures(errors) : t.success(decoded as Value);
    },
    t.identity,
  );
  return Object.assign(codec, { closedFields: { required, optional } });
};
