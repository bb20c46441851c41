// Domain events to stored ones: checked against their codec, sealed, routed.
import { type NewContentKey } from '../../application/blob/content-keys.ts';
import { EVENT_KINDS, type DomainEvent } from '../../application/event-store/event-catalogue.ts';
import { type StoredEvent, type VaultWrite } from '../../application/event-store/event-log.ts';
import { type CommandContext } from '../../application/event-store/event-store.ts';
import { type DataKeys } from '../vault/data-keys.ts';
import { sealBox } from './box.ts';

type Fields = Readonly<Record<string, unknown>>;
type SealedText = { readonly field: string; readonly text: string; readonly scope: string };
export type DraftEvent = {
  readonly type: string;
  readonly version: number;
  readonly fields: Fields;
  readonly sealed: readonly SealedText[];
};

/**
 * An event as it will be stored, its texts still in the clear. Throws on data its codec refuses: what is once in the log
 * can't be taken back, so a bug must stop here.
 */
export const draftEvent = (event: DomainEvent): DraftEvent => {
  const kind = EVENT_KINDS.get(event.type);
  if (kind === undefined) throw new Error(`${event.type} is not in the catalogue of events.`);
  if (!kind.data.is(event.data)) throw new Error(`The data of ${event.type} are not of its kind.`);
  const fields = kind.data.encode(event.data) as Fields;
  const sealed: SealedText[] = [];
  for (const [field, scopeOf] of kind.sealed) {
    const text = fields[field];
    if (typeof text === 'string') sealed.push({ field, text, scope: scopeOf(event.data) });
  }
  return { type: kind.type, version: kind.version, fields, sealed };
};

/** The routing key of those an event concerns: its guild, else its user, else nobody. */
const routingScope = ({ guildId, userId }: Fields): string | null => {
  if (typeof guildId === 'string') return `g:${guildId}`;
  return typeof userId === 'string' ? `u:${userId}` : null;
};

/** Keys by scope, and the vault rows of those that are new. */
export type SealingKeys = {
  readonly keys: ReadonlyMap<string, Buffer>;
  readonly writes: readonly VaultWrite[];
};

const NO_KEYS: SealingKeys = { keys: new Map(), writes: [] };

// A key is born with the stream of its own aggregate and never again: a second one would bring an erased scope back to
// life. So `message:<id>` is made by the first event of `message-<id>`, and everything after needs the key to be there.
const isBornWith = (scope: string, stream: string): boolean =>
  stream.length === scope.length && stream.replace('-', ':') === scope;

/** The keys to seal these drafts with; null when one was destroyed. Waits for the vault only when a key isn't at hand. */
export const sealingKeys = (
  drafts: readonly DraftEvent[],
  newStream: string | null,
  dataKeys: DataKeys,
  newKeys: readonly NewContentKey[] = [],
): SealingKeys | Promise<SealingKeys | null> => {
  const keys = new Map<string, Buffer>();
  const writes: VaultWrite[] = [];
  const missing = new Set<string>();
  for (const { scope } of drafts.flatMap(({ sealed }) => sealed)) {
    if (keys.has(scope) || missing.has(scope)) continue;
    if (newStream !== null && isBornWith(scope, newStream)) {
      const made = newKeys.find((each) => each.scope === scope);
      const { key, write } = made ?? dataKeys.fresh(scope);
      keys.set(scope, key);
      writes.push(write);
    } else {
      const key = dataKeys.cached(scope);
      if (key === undefined) missing.add(scope);
      else keys.set(scope, key);
    }
  }
  if (missing.size > 0) return withFetched(keys, writes, missing, dataKeys);
  return keys.size === 0 ? NO_KEYS : { keys, writes };
};

const withFetched = async (
  keys: Map<string, Buffer>,
  writes: readonly VaultWrite[],
  missing: ReadonlySet<string>,
  dataKeys: DataKeys,
): Promise<SealingKeys | null> => {
  const fetched = await dataKeys.keysOf(missing);
  if (fetched.size < missing.size) return null;
  for (const [scope, key] of fetched) keys.set(scope, key);
  return { keys, writes };
};

/** The stored form of a draft, its texts in boxes. */
export const storeEvent = (
  { type, version, fields, sealed }: DraftEvent,
  eventId: string,
  { actor, correlationId }: CommandContext,
  keys: ReadonlyMap<string, Buffer>,
): StoredEvent => {
  const boxes: Record<string, string> = {};
  for (const { field, text, scope } of sealed) {
    const key = keys.get(scope);
    if (key === undefined) throw new Error(`No key was prepared for a text of ${type}.`);
    boxes[field] = sealBox(text, key, { eventId, type, version, path: field });
  }
  return {
    eventId,
    type,
    version,
    scope: routingScope(fields),
    actor,
    correlationId,
    causationId: null,
    payload: JSON.stringify(sealed.length === 0 ? fields : { ...fields, ...boxes }),
  };
};
