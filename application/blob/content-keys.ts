// The keys of bytes that are stored before their first event. A text is sealed by the event store itself; bytes must be
// encrypted while they arrive, so their key is made first and handed to the append that writes it to the vault.
import { type VaultWrite } from '../event-store/event-log.ts';

/** A key that no vault knows yet: if the event never comes, what it encrypted is erased already. */
export type NewContentKey = {
  readonly scope: string;
  readonly key: Buffer; // 32 bytes
  readonly write: VaultWrite;
};

export type ContentKeys = {
  /** Makes the key of a scope that has none yet. Give it to the append of the first event of its stream. */
  readonly fresh: (scope: string) => NewContentKey;
  /** Null when the scope was erased. Throws when the vault is away. */
  readonly find: (scope: string) => Promise<Buffer | null>;
  /** Erases the scope for ever; idempotent. */
  readonly destroy: (scope: string) => Promise<void>;
};
