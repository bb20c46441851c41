// The command side's view of guilds and members, folded from the log and kept current by it: the state that the one
// authorization function (domain/permission) is asked over. Bounded caches; what is not cached is folded on demand.
import { type Either } from 'fp-ts/lib/Either.js';
import { type Guild } from '../../domain/guild/guild.ts';
import { type Membership } from '../../domain/membership/membership.ts';
import { type Actor } from '../../domain/permission/hierarchy.ts';
import { type PermissionName } from '../../domain/permission/permissions.ts';
import { type Resolved } from '../../domain/permission/resolve.ts';
import { type ChannelId, type GuildId, type UserId } from '../../domain/shared/ids.ts';
import { type Failure } from '../failure.ts';
import { type Recorded, type Undecodable } from '../event-store/event-store.ts';

export type GuildAccess = {
  /** The guild's structure now, or null if it never existed. */
  readonly guild: (guildId: GuildId) => Promise<Guild | null>;
  /** One person's standing in a guild now (also of non-members: banned, never joined). */
  readonly membership: (guildId: GuildId, userId: UserId) => Promise<Membership>;
  /** Resolved at guild level; NotFound for an unknown guild, Forbidden for a non-member. */
  readonly inGuild: (userId: UserId, guildId: GuildId) => Promise<Either<Failure, Resolved>>;
  /** Resolved in a channel; NotFound for an unknown guild or channel, Forbidden for a non-member. */
  readonly inChannel: (
    userId: UserId,
    guildId: GuildId,
    channelId: ChannelId,
  ) => Promise<Either<Failure, Resolved>>;
  readonly requireInGuild: (
    userId: UserId,
    guildId: GuildId,
    permission: PermissionName,
  ) => Promise<Either<Failure, Resolved>>;
  /** Who is about to change the guild, for the rules of hierarchy; refused without the permission. */
  readonly requireActor: (
    userId: UserId,
    guildId: GuildId,
    permission: PermissionName,
  ) => Promise<Either<Failure, Actor>>;
  readonly requireInChannel: (
    userId: UserId,
    guildId: GuildId,
    channelId: ChannelId,
    permission: PermissionName,
  ) => Promise<Either<Failure, Resolved>>;
  /** `create_message` and no timeout: for whatever adds to a channel. A timeout leaves the permission, which is also sight. */
  readonly requireToWrite: (
    userId: UserId,
    guildId: GuildId,
    channelId: ChannelId,
  ) => Promise<Either<Failure, Resolved>>;
  /**
   * The same answer without waiting when guild and membership are cached, else null. For the fan-out path, which may not
   * await per socket.
   */
  readonly inChannelIfCached: (
    userId: UserId,
    guildId: GuildId,
    channelId: ChannelId,
  ) => Either<Failure, Resolved> | null;
  /** The channels of a guild this person may see (`create_message`), oldest first. */
  readonly visibleChannels: (
    userId: UserId,
    guildId: GuildId,
  ) => Promise<Either<Failure, readonly ChannelId[]>>;
  /** Follows the log: the pipeline calls it with each batch, in order, before projections and fan-out. */
  readonly apply: (events: readonly (Recorded | Undecodable)[]) => void;
};
