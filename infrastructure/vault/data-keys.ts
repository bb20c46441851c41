// The keys of sealed texts: HMAC of the master key over a random salt, so that neither a stolen vault nor a stolen master
// key opens anything alone, and deleting a salt erases every text of its scope, in backups of the log too.
import { createHmac } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import { type VaultWrite } from '../../application/event-store/event-log.ts';
import { pooledRandomBytes } from '../secrets/random-pool.ts';
import { subkey } from '../secrets/subkey.ts';
import { type SaltTable } from './salt-table.ts';

export const SALT_BYTES = 32;
const CACHED_KEYS_MAX = 20_000;

/** The keys could not be asked for; safe to try again. */
export class VaultAway extends Error {
  override readonly name = 'VaultAway';
}

type FreshKey = {
  readonly key: Buffer;
  readonly write: VaultWrite; // Goes with the append of the first event sealed with it
};

export type DataKeys = {
  /** The keys of these scopes by one query at most; a scope without one was erased. Throws VaultAway. */
  readonly keysOf: (scopes: ReadonlySet<string>) => Promise<ReadonlyMap<string, Buffer>>;
  /**
   * A key at hand, without waiting. May be one that another process has just destroyed, until `forget` is called: what is
   * sealed with it then is erased from the start, which is what erasure asks for.
   */
  readonly cached: (scope: string) => Buffer | undefined;
  /** Makes the key of a scope that has none yet. */
  readonly fresh: (scope: string) => FreshKey;
  /** Erases: deletes the salt. Every text of the scope reads as null from now on. */
  readonly destroy: (scope: string) => Promise<void>;
  /** Drops a key from this process's cache, when another process destroyed it. */
  readonly forget: (scope: string) => void;
  /** Drops all keys from the cache, when others were destroyed that nobody names one by one. */
  readonly forgetAll: () => void;
};

export const createDataKeys = ({
  masterKey,
  salts,
  cacheMax = CACHED_KEYS_MAX,
}: {
  readonly masterKey: Buffer;
  readonly salts: SaltTable;
  readonly cacheMax?: number;
}): DataKeys => {
  const root = subkey(masterKey, 'data-keys');
  const cache = new LRUCache<string, Buffer>({ max: cacheMax });
  let erasures = 0;
  const keyOf = (scope: string, salt: Buffer): Buffer =>
    createHmac('sha256', root).update(salt).update(scope).digest();

  const forget = (scope: string): void => {
    erasures += 1;
    cache.delete(scope);
  };

  const fetchMissing = async (missing: string[], found: Map<string, Buffer>): Promise<void> => {
    const before = erasures;
    const stored = await salts.find(missing).catch((cause: unknown) => {
      throw new VaultAway('The vault is away.', { cause });
    });
    for (const [scope, salt] of stored) {
      const key = keyOf(scope, salt);
      found.set(scope, key);
      // A salt read before an erasure must not come back into the cache after it.
      if (erasures === before) cache.set(scope, key);
    }
  };

  return {
    keysOf: async (scopes) => {
      const found = new Map<string, Buffer>();
      const missing: string[] = [];
      for (const scope of scopes) {
        const key = cache.get(scope);
        if (key === undefined) missing.push(scope);
        else found.set(scope, key);
      }
      if (missing.length > 0) await fetchMissing(missing, found);
      return found;
    },
    cached: (scope) => cache.get(scope),
    fresh: (scope) => {
      const salt = pooledRandomBytes(SALT_BYTES);
      return { key: keyOf(scope, salt), write: { kind: 'data_key', scope, salt } };
    },
    destroy: async (scope) => {
      forget(scope);
      await salts.remove(scope);
      forget(scope); // Again, for what was read while it was being removed.
    },
    forget,
    forgetAll: () => {
      erasures += 1;
      cache.clear();
    },
  };
};
