// The upkeep of the index, for those who keep a guild's roles (base contract 2.10).
import { isLeft, left, right, type Either } from 'fp-ts/lib/Either.js';
import { type GuildId, type UserId } from '../../domain/shared/ids.ts';
import { type GuildAccess } from '../access/guild-access.ts';
import { INVALID, type Failure } from '../failure.ts';
import { type Limits } from '../limits.ts';

export type Reconciled = {
  readonly upserted: number;
  readonly deleted: number;
  readonly remaining: number; // Differences looked at next time: one call mends a bounded number
};

/** `TooMany`: the guild has more documents than may be compared at once. `Unavailable`: the index can't be asked now. */
export type ReconcileFailure = 'TooMany' | 'Unavailable';

export type SearchUpkeep = {
  /** Begins to build the whole index anew, beside the one in use, and doesn't wait for the end. */
  readonly beginRebuild: (by: UserId) => void;
  readonly isRebuilding: () => boolean;
  readonly reconcile: (
    guildId: GuildId,
    documentsMax: number,
  ) => Promise<Either<ReconcileFailure, Reconciled>>;
};

/** Counts uses of a key; answers how many seconds to wait, 0 when it may be. */
type Allowance = { readonly take: (key: string) => number };

export type MaintainSearchPorts = {
  readonly access: Pick<GuildAccess, 'requireInGuild'>;
  readonly upkeep: SearchUpkeep;
  readonly reconciles: Allowance;
  readonly now: () => number; // Monotonic milliseconds
  readonly limits: Pick<Limits, 'searchRebuildIntervalSecs' | 'searchReconcileDocumentsMax'>;
};

const RETRY_SECS = 5;
const RECONCILES_MAX = 2; // At once: each holds connections that requests need
const UNAVAILABLE: Failure = { type: 'SearchUnavailable', retryAfterSecs: RETRY_SECS };

export type RebuildSearch = (by: UserId, guildId: GuildId) => Promise<Either<Failure, void>>;

/**
 * Has the index built anew. It is one index for all guilds, so of several who ask, one begins it and the others are
 * answered the same; after that it rests a while, whoever asks. Searches find what they found until the new one is there.
 */
export const createRebuildSearch = ({
  access,
  upkeep,
  now,
  limits,
}: MaintainSearchPorts): RebuildSearch => {
  let restsUntil = -Infinity;
  return async (by, guildId) => {
    const allowed = await access.requireInGuild(by, guildId, 'manage_workspace_roles');
    if (isLeft(allowed)) return allowed;
    if (upkeep.isRebuilding()) return right(undefined); // What they ask for is being done.
    const restMs = restsUntil - now();
    if (restMs > 0) return left({ type: 'RateLimited', retryAfterSecs: Math.ceil(restMs / 1000) });
    upkeep.beginRebuild(by);
    restsUntil = now() + limits.searchRebuildIntervalSecs * 1000;
    return right(undefined);
  };
};

export type ReconcileSearch = (
  by: UserId,
  guildId: GuildId,
) => Promise<Either<Failure, Reconciled>>;

/** Compares which messages a guild has with which of them are indexed, and mends the difference. */
export const createReconcileSearch = ({
  access,
  upkeep,
  reconciles,
  limits,
}: MaintainSearchPorts): ReconcileSearch => {
  const running = new Set<GuildId>();
  return async (by, guildId) => {
    const allowed = await access.requireInGuild(by, guildId, 'manage_workspace_roles');
    if (isLeft(allowed)) return allowed;
    const waitSecs = reconciles.take(guildId);
    if (waitSecs > 0) return left({ type: 'RateLimited', retryAfterSecs: waitSecs });
    // A second one beside it would find the same differences and count them again.
    if (running.has(guildId) || running.size >= RECONCILES_MAX)
      return left({ type: 'RateLimited', retryAfterSecs: RETRY_SECS });
    running.add(guildId);
    try {
      const outcome = await upkeep.reconcile(guildId, limits.searchReconcileDocumentsMax);
      if (isLeft(outcome)) return left(outcome.left === 'TooMany' ? INVALID : UNAVAILABLE);
      return outcome;
    } finally {
      running.delete(guildId);
    }
  };
};
