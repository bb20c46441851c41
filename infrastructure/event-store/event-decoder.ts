// Stored events to domain ones: dispatched by type, upcast, checked by their codec, opened in bulk.
import { isLeft, type Either } from 'fp-ts/lib/Either.js';
import type * as t from 'io-ts';
import { type RecordedStoredEvent } from '../../application/event-store/event-log.ts';
import { type Recorded, type Undecodable } from '../../application/event-store/event-store.ts';
import { type DataKeys } from '../vault/data-keys.ts';
import { openBox } from './box.ts';
import { type Upcasters } from './upcasters.ts';

type Decoded = Recorded | Undecodable;
type Fields = Record<string, unknown>;
type Opening = {
  readonly index: number; // Of its event in the batch
  readonly fields: Fields;
  readonly field: string;
  readonly box: string;
  readonly scope: string;
};

/** What decoding needs of a kind of event; every kind has it, whatever its data. */
export type DecodableKind = {
  readonly type: string;
  readonly version: number;
  readonly data: { readonly decode: (fields: unknown) => Either<t.Errors, unknown> };
  readonly sealed: readonly (readonly [field: string, scopeOf: (data: never) => string])[];
};

export type EventDecoder = (
  events: readonly RecordedStoredEvent[],
  keepSealed?: ReadonlySet<string>,
) => Promise<readonly Decoded[]>;

const NOTHING_KEPT: ReadonlySet<string> = new Set();

const metaOf = (stored: RecordedStoredEvent): Recorded['meta'] => ({
  position: stored.position,
  stream: stored.stream,
  revision: stored.revision,
  eventId: stored.eventId,
  version: stored.version,
  recordedAt: stored.recordedAt,
  actor: stored.actor,
  correlationId: stored.correlationId,
  causationId: stored.causationId,
});

const undecodable = (stored: RecordedStoredEvent, reason: string): Undecodable => ({
  type: 'Undecodable',
  storedType: stored.type,
  reason,
  meta: metaOf(stored),
});

const isFields = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const parsed = (payload: string): unknown => {
  try {
    return JSON.parse(payload);
  } catch {
    return undefined;
  }
};

// Names fields only: values may be personal.
const refusedFields = (errors: t.Errors): string =>
  [...new Set(errors.map(({ context }) => context.map(({ key }) => key).join('.')))].join(', ');

const upcast = (
  fields: Fields,
  { type, version }: RecordedStoredEvent,
  kind: DecodableKind,
  upcasters: Upcasters,
): Fields | null => {
  let lifted = fields;
  for (let from = version; from < kind.version; from += 1) {
    const step = upcasters.get(type)?.get(from);
    if (step === undefined) return null;
    lifted = { ...step(lifted) };
  }
  return lifted;
};

/** The fields of an event in today's shape, or why there are none. */
const decodeFields = (
  stored: RecordedStoredEvent,
  kind: DecodableKind,
  upcasters: Upcasters,
): Fields | string => {
  const json = parsed(stored.payload);
  if (!isFields(json)) return 'The payload is not a JSON object.';
  if (stored.version > kind.version) return `Version ${stored.version} is not known yet.`;
  const fields = stored.version === kind.version ? json : upcast(json, stored, kind, upcasters);
  if (fields === null) return `Version ${stored.version} has no upcaster.`;
  const decoded = kind.data.decode(fields);
  if (isLeft(decoded)) return `Refused fields: ${refusedFields(decoded.left)}`;
  return decoded.right as Fields;
};

const openAll = (
  openings: readonly Opening[],
  keys: ReadonlyMap<string, Buffer>,
  events: readonly RecordedStoredEvent[],
  results: Decoded[],
): void => {
  for (const { index, fields, field, box, scope } of openings) {
    const stored = events[index];
    if (stored === undefined) continue;
    const key = keys.get(scope);
    if (key === undefined) {
      fields[field] = null; // Erased: a state of affairs, not an error.
      continue;
    }
    const { eventId, type, version } = stored;
    const text = openBox(box, key, { eventId, type, version, path: field });
    if (text === null) results[index] = undecodable(stored, `Tampered with: ${field}`);
    else fields[field] = text;
  }
};

/**
 * Decodes batches of stored events; one query for keys at most per batch, and none without sealed texts to open.
 * Never throws on what is stored: what can't be decoded is Undecodable with a reason free of content.
 */
export const createEventDecoder = ({
  kinds,
  upcasters,
  dataKeys,
}: {
  readonly kinds: ReadonlyMap<string, DecodableKind>;
  readonly upcasters: Upcasters;
  readonly dataKeys: Pick<DataKeys, 'keysOf'>;
}): EventDecoder => {
  // `Type.field` as callers name it, joined once per kind instead of once per event.
  const sealedOf = new Map(
    [...kinds].map(([type, { sealed }]) => [
      type,
      sealed.map(([field, scopeOf]) => ({ field, scopeOf, name: `${type}.${field}` })),
    ]),
  );

  return async (events, keepSealed = NOTHING_KEPT) => {
    const openings: Opening[] = [];
    const results = events.map((stored, index): Decoded => {
      const kind = kinds.get(stored.type);
      if (kind === undefined) return undecodable(stored, 'The type is unknown.');
      const fields = decodeFields(stored, kind, upcasters);
      if (typeof fields === 'string') return undecodable(stored, fields);
      for (const { field, scopeOf, name } of sealedOf.get(stored.type) ?? []) {
        const box = fields[field];
        if (typeof box === 'string' && !keepSealed.has(name)) {
          openings.push({ index, fields, field, box, scope: scopeOf(fields as never) });
        }
      }
      return { type: kind.type, data: fields, meta: metaOf(stored) } as Recorded;
    });
    if (openings.length > 0) {
      const keys = await dataKeys.keysOf(new Set(openings.map(({ scope }) => scope)));
      openAll(openings, keys, events, results);
    }
    return results;
  };
};
