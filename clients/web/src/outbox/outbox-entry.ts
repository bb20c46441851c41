// A message on its way. It outlives a reload, and its key makes any number of tries one message.
import * as t from 'io-ts';

export const OutboxEntry = t.strict({
  key: t.string, // Idempotency-Key of every try
  guildId: t.string,
  channelId: t.string,
  content: t.string,
  createdAt: t.number, // Milliseconds
  /** Why the last try was refused; null while it may still go by itself. */
  problem: t.union([t.string, t.null]),
});
export type OutboxEntry = t.TypeOf<typeof OutboxEntry>;

export const OUTBOX_ENTRIES_MAX = 100;
/** Servers forget keys after a day; an older entry is not sent by itself, it might have arrived before. */
export const UNATTENDED_MS_MAX = 12 * 3_600_000;

type OutboxStorage = Pick<Storage, 'getItem' | 'setItem' | 'removeItem' | 'key' | 'length'>;

export const outboxPrefix = (userId: string) => `filament.outbox.${userId}.`;

/** One storage item per entry, so that tabs never overwrite each other's. */
export const createOutboxStore = (storage: OutboxStorage, userId: string) => {
  const prefix = outboxPrefix(userId);
  const read = (item: string): OutboxEntry | null => {
    try {
      const decoded = OutboxEntry.decode(JSON.parse(storage.getItem(item) ?? 'null'));
      return decoded._tag === 'Right' ? decoded.right : null;
    } catch {
      return null;
    }
  };
  return {
    all: (): readonly OutboxEntry[] =>
      Array.from({ length: storage.length }, (_, at) => storage.key(at))
        .filter((item): item is string => item?.startsWith(prefix) ?? false)
        .map(read)
        .filter((entry): entry is OutboxEntry => entry !== null)
        .toSorted((a, b) => a.createdAt - b.createdAt || (a.key < b.key ? -1 : 1))
        .slice(0, OUTBOX_ENTRIES_MAX),
    write: (entry: OutboxEntry) => {
      try {
        storage.setItem(prefix + entry.key, JSON.stringify(entry));
      } catch {
        // A full storage costs surviving a reload, not the message.
      }
    },
    remove: (key: string) => storage.removeItem(prefix + key),
  };
};

export type OutboxStore = ReturnType<typeof createOutboxStore>;
