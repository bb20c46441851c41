import { isLeft, left, right, type Either } from 'fp-ts/lib/Either.js';
import { guildDecider } from '../../domain/guild/decider.ts';
import { GUILD_EVENTS } from '../../domain/guild/events.ts';
import { type Guild } from '../../domain/guild/guild.ts';
import { membershipDecider } from '../../domain/membership/decider.ts';
import { MEMBERSHIP_EVENTS } from '../../domain/membership/events.ts';
import { type Membership } from '../../domain/membership/membership.ts';
import { hasPermission, type PermissionName } from '../../domain/permission/permissions.ts';
import {
  resolveInChannel,
  resolveInGuild,
  type Asker,
  type Resolved,
  type ResolveRejection,
} from '../../domain/permission/resolve.ts';
import { type ChannelId, type GuildId, type UserId } from '../../domain/shared/ids.ts';
import { type EventStore } from '../event-store/event-store.ts';
import { FORBIDDEN, NOT_FOUND, type Failure } from '../failure.ts';
import { type Limits } from '../limits.ts';
import { type Clock } from '../ports.ts';
import { type FoldedStreams } from './folded-streams.ts';
import { type GuildAccess } from './guild-access.ts';
import { createStreamCache } from './stream-cache.ts';

export const guildStream = (guildId: GuildId): string => `guild-${guildId}`;
export const memberStream = (guildId: GuildId, userId: UserId): string =>
  `member-${guildId}:${userId}`;

/** The same states for commands, which decide over them and append at their revision. */
export type GuildStates = {
  readonly guilds: FoldedStreams<Guild | null>;
  readonly memberships: FoldedStreams<Membership>;
};

type Resolution = Either<Failure, Resolved>;

// Made once, since refusals are as frequent as hostile clients want them to be. A guild that does not exist is NotFound
// and one of others is Forbidden, as the first server's tests know it.
const UNKNOWN: Either<Failure, never> = left(NOT_FOUND);
const REFUSED: Either<Failure, never> = left(FORBIDDEN);

const asFailure = (resolved: Either<ResolveRejection, Resolved>): Resolution => {
  if (!isLeft(resolved)) return resolved;
  return resolved.left.type === 'NoSuchChannel' ? UNKNOWN : REFUSED;
};

const requiring = (resolved: Resolution, permission: PermissionName): Resolution =>
  isLeft(resolved) || hasPermission(resolved.right.permissions, permission) ? resolved : REFUSED;

const createStates = (
  store: Pick<EventStore, 'load'>,
  { guildCacheMax, membershipCacheMax }: Pick<Limits, 'guildCacheMax' | 'membershipCacheMax'>,
): GuildStates => ({
  guilds: createStreamCache({
    store,
    folding: { decider: guildDecider, kinds: GUILD_EVENTS },
    max: guildCacheMax,
    keepsEmpty: false,
  }),
  // Outsiders of existing guilds are kept: they ask most often of all, and only for themselves.
  memberships: createStreamCache({
    store,
    folding: { decider: membershipDecider, kinds: MEMBERSHIP_EVENTS },
    max: membershipCacheMax,
    keepsEmpty: true,
  }),
});

const oldestFirst = (guild: Guild): readonly ChannelId[] =>
  [...guild.channels.values()]
    .sort((a, b) => a.createdAt - b.createdAt || (a.channelId < b.channelId ? -1 : 1))
    .map(({ channelId }) => channelId);

type Found = { readonly guild: Guild; readonly asker: Asker };

const visibleIn = ({ guild, asker }: Found): Either<Failure, readonly ChannelId[]> => {
  const member = asFailure(resolveInGuild(guild, asker));
  if (isLeft(member)) return member;
  const sees = (channelId: ChannelId): boolean => {
    const resolved = asFailure(resolveInChannel(guild, channelId, asker));
    return !isLeft(requiring(resolved, 'create_message'));
  };
  return right(oldestFirst(guild).filter(sees));
};

/** Who asks in which guild, from the states. */
const createLook = (
  { guilds, memberships }: GuildStates,
  serverOwnerId: UserId | null,
  clock: Clock,
) => {
  const found = (guild: Guild, userId: UserId, membership: Membership): Found => ({
    guild,
    asker: { userId, membership, isServerOwner: userId === serverOwnerId, at: clock.now() },
  });
  return {
    /** Null for an unknown guild. In this order, so that a guild that never was leaves no membership in the cache. */
    look: async (userId: UserId, guildId: GuildId): Promise<Found | null> => {
      const guild = (await guilds.get(guildStream(guildId))).state;
      if (guild === null) return null;
      return found(guild, userId, (await memberships.get(memberStream(guildId, userId))).state);
    },
    lookIfCached: (userId: UserId, guildId: GuildId): Found | null => {
      const guild = guilds.peek(guildStream(guildId))?.state ?? null;
      const membership = memberships.peek(memberStream(guildId, userId))?.state;
      return guild && membership ? found(guild, userId, membership) : null;
    },
  };
};

/** Authorization over the log itself; `states` gives commands the very states it decides on. */
export const createGuildAccess = ({
  store,
  limits,
  serverOwnerId,
  clock,
}: {
  readonly store: Pick<EventStore, 'load'>;
  readonly limits: Pick<Limits, 'guildCacheMax' | 'membershipCacheMax'>;
  readonly serverOwnerId: UserId | null;
  readonly clock: Clock;
}): GuildAccess & { readonly states: GuildStates } => {
  const states = createStates(store, limits);
  const { guilds, memberships } = states;
  const { look, lookIfCached } = createLook(states, serverOwnerId, clock);

  const inGuild: GuildAccess['inGuild'] = async (userId, guildId) => {
    const found = await look(userId, guildId);
    return found === null ? UNKNOWN : asFailure(resolveInGuild(found.guild, found.asker));
  };
  const inChannel: GuildAccess['inChannel'] = async (userId, guildId, channelId) => {
    const found = lookIfCached(userId, guildId) ?? (await look(userId, guildId));
    if (found === null) return UNKNOWN;
    return asFailure(resolveInChannel(found.guild, channelId, found.asker));
  };

  return {
    states,
    guild: async (guildId) => (await guilds.get(guildStream(guildId))).state,
    membership: async (guildId, userId) =>
      (await memberships.get(memberStream(guildId, userId))).state,
    inGuild,
    inChannel,
    inChannelIfCached: (userId, guildId, channelId) => {
      const found = lookIfCached(userId, guildId);
      if (found === null) return null;
      return asFailure(resolveInChannel(found.guild, channelId, found.asker));
    },
    requireInGuild: async (userId, guildId, permission) =>
      requiring(await inGuild(userId, guildId), permission),
    requireActor: async (userId, guildId, permission) => {
      const resolved = requiring(await inGuild(userId, guildId), permission);
      if (isLeft(resolved)) return resolved;
      return right({ resolved: resolved.right, isServerOwner: userId === serverOwnerId });
    },
    requireInChannel: async (userId, guildId, channelId, permission) =>
      requiring(await inChannel(userId, guildId, channelId), permission),
    requireToWrite: async (userId, guildId, channelId) => {
      const seen = requiring(await inChannel(userId, guildId, channelId), 'create_message');
      return !isLeft(seen) && seen.right.isTimedOut ? REFUSED : seen;
    },
    visibleChannels: async (userId, guildId) => {
      const found = await look(userId, guildId);
      return found === null ? UNKNOWN : visibleIn(found);
    },
    apply: (events) => {
      for (const event of events) {
        const { stream, revision } = event.meta;
        if (stream.startsWith('guild-')) guilds.apply(stream, revision, event);
        else if (stream.startsWith('member-')) memberships.apply(stream, revision, event);
      }
    },
  };
};
