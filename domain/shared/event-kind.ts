import type * as t from 'io-ts';

/**
 * What is known of one kind of event, once: its current stored version, its codec, which top-level string fields are
 * sealed and under which key scope. The scope of a field is fixed by its first version for ever (architecture I4).
 */
export type EventKind<Type extends string, Data> = {
  readonly type: Type;
  readonly version: number;
  readonly data: t.Type<Data, unknown>;
  readonly sealed: readonly (readonly [field: string, scope: KeyScopeOf<Data>])[];
};

/** Names the key scope of a sealed field, e.g. `message:01J…`, from the event's clear fields. */
export type KeyScopeOf<Data> = (data: Data) => string;

/** Declares an event kind; the type arguments are inferred from the codec. */
export const eventKind = <Type extends string, Data>(
  type: Type,
  version: number,
  data: t.Type<Data, unknown>,
  sealed?: { readonly [Field in keyof Data & string]?: KeyScopeOf<Data> },
): EventKind<Type, Data> => ({
  type,
  version,
  data,
  sealed: Object.entries<KeyScopeOf<Data> | undefined>(sealed ?? {}).flatMap(([field, scope]) =>
    scope ? [[field, scope] as const] : [],
  ),
});

/** The event a kind describes: `{ type, data }`. */
export type EventOf<Kind> =
  Kind extends EventKind<infer Type, infer Data>
    ? { readonly type: Type; readonly data: Data }
    : never;
