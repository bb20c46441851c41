// The bans of addresses in force, in memory and kept current by the log. A guild without bans costs one look into a set.
import { LRUCache } from 'lru-cache';
import { ipBanDecider, isInForce, type IpBans } from '../../domain/ip-ban/decider.ts';
import { IP_BAN_EVENTS } from '../../domain/ip-ban/events.ts';
import { type GuildId, type IpBanId } from '../../domain/shared/ids.ts';
import { type FoldedStreams } from '../access/folded-streams.ts';
import { createStreamCache } from '../access/stream-cache.ts';
import { type EventStore, type Recorded, type Undecodable } from '../event-store/event-store.ts';
import { type Clock } from '../ports.ts';
import { type AddressKey, type AddressVault } from './address-vault.ts';

export const ipBanStream = (guildId: GuildId): string => `ipbans-${guildId}`;

/** Guilds whose bans are in memory; the bans of others are read when somebody comes. */
const GUILDS_MAX = 1_000;
/** Bans whose keys are in memory: a ban's key never changes, so it is fetched once. */
const KEYS_MAX = 100_000;

type Matcher = ReadonlyMap<AddressKey, readonly IpBanId[]>;

export type Blocklist = {
  /**
   * The ban that bars an address from a guild now, or null. At once for a guild without bans; rejects when the vault is
   * away, since nobody may slip in for that.
   */
  readonly barring: (guildId: GuildId, address: string | null) => null | Promise<IpBanId | null>;
  /** Follows the log, like GuildAccess.apply. */
  readonly apply: (events: readonly (Recorded | Undecodable)[]) => void;
  /** Takes note of guilds with bans: those of the read model at the start, and one that has just made its first. */
  readonly watch: (guildIds: Iterable<GuildId>) => void;
  readonly states: FoldedStreams<IpBans>;
};

const createMatchers = (vault: Pick<AddressVault, 'keysOfBans'>) => {
  const keys = new LRUCache<IpBanId, AddressKey>({ max: KEYS_MAX });
  const matchers = new WeakMap<IpBans, Promise<Matcher>>();

  const build = async (bans: IpBans): Promise<Matcher> => {
    const missing = [...bans.keys()].filter((banId) => !keys.has(banId));
    const fetched = missing.length === 0 ? [] : await vault.keysOfBans(missing);
    const found = new Map(fetched.map(({ banId, key }) => [banId, key]));
    const matcher = new Map<AddressKey, IpBanId[]>();
    for (const banId of bans.keys()) {
      const key = found.get(banId) ?? keys.get(banId);
      if (key === undefined) continue;
      keys.set(banId, key);
      matcher.set(key, [...(matcher.get(key) ?? []), banId]);
    }
    return matcher;
  };

  /** Built once for each state of a guild; a failure is not kept. */
  return (bans: IpBans): Promise<Matcher> => {
    const known = matchers.get(bans);
    if (known !== undefined) return known;
    const built = build(bans).catch((error: unknown) => {
      matchers.delete(bans);
      throw error;
    });
    matchers.set(bans, built);
    return built;
  };
};

export const createBlocklist = ({
  store,
  vault,
  clock,
}: {
  readonly store: Pick<EventStore, 'load'>;
  readonly vault: Pick<AddressVault, 'keysOf' | 'keysOfBans'>;
  readonly clock: Clock;
}): Blocklist => {
  const states = createStreamCache({
    store,
    folding: { decider: ipBanDecider, kinds: IP_BAN_EVENTS },
    max: GUILDS_MAX,
    keepsEmpty: true, // Only guilds that had bans are asked for.
  });
  const matcherOf = createMatchers(vault);
  // As large as the number of guilds that ever banned an address; who lifts all bans stays in it until a restart.
  const guilds = new Set<GuildId>();

  const find = async (guildId: GuildId, address: string): Promise<IpBanId | null> => {
    const { state: bans } = await states.get(ipBanStream(guildId));
    if (bans.size === 0) return null;
    const matcher = await matcherOf(bans);
    const now = clock.now();
    for (const key of vault.keysOf(address))
      for (const banId of matcher.get(key) ?? [])
        if (isInForce(bans.get(banId) ?? null, now)) return banId;
    return null;
  };

  return {
    states,
    barring: (guildId, address) =>
      address !== null && guilds.has(guildId) ? find(guildId, address) : null,
    watch: (guildIds) => {
      for (const guildId of guildIds) guilds.add(guildId);
    },
    apply: (events) => {
      for (const event of events) {
        const { stream, revision } = event.meta;
        if (!stream.startsWith('ipbans-')) continue;
        if (event.type === 'IpBansAdded') guilds.add(event.data.guildId);
        states.apply(stream, revision, event);
      }
    },
  };
};
