// Takes away what a socket may no longer hear, at once: when a person leaves a guild, and when overrides or roles change.
import { isLeft } from 'fp-ts/lib/Either.js';
import { type GuildAccess } from '../../application/access/guild-access.ts';
import { hasPermission, type PermissionName } from '../../domain/permission/permissions.ts';
import { type ChannelId, type GuildId, type UserId } from '../../domain/shared/ids.ts';
import { type Audience } from './audience.ts';
import { type Connection, type GatewayLog } from './connection.ts';
import { type Frame } from './frame-text.ts';
import { type Outbox } from './outbox.ts';
import { presenceFrame } from './presence-frame.ts';

export type Revocation = {
  /** Whether the person holds one of the permissions in the channel now; false when it can't be found out. */
  readonly holdsInChannel: (
    userId: UserId,
    guildId: GuildId,
    channelId: ChannelId,
    anyOf: readonly PermissionName[],
  ) => Promise<boolean>;
  /** Tells the person these frames, then drops all their subscriptions in the guild, then tells the others. */
  readonly removeFromGuild: (guildId: GuildId, userId: UserId, frames: readonly Frame[]) => void;
  /** Drops every subscription of these sockets in the guild that lost `create_message`. */
  readonly reconsider: (guildId: GuildId, connections: Iterable<Connection>) => Promise<void>;
};

type Subscription = { readonly connection: Connection; readonly channelId: ChannelId };

type Resolution = ReturnType<GuildAccess['inChannelIfCached']>;
const holds = (resolved: NonNullable<Resolution>, anyOf: readonly PermissionName[]) =>
  !isLeft(resolved) && anyOf.some((name) => hasPermission(resolved.right.permissions, name));

export const createRevocation = ({
  access,
  audience,
  outbox,
  placed,
  log,
}: {
  readonly access: GuildAccess;
  readonly audience: Audience;
  readonly outbox: Outbox;
  /** What tells of the event that is being announced. */
  readonly placed: Outbox;
  readonly log: GatewayLog;
}): Revocation => {
  // What can't be answered counts as not cached, and then as not permitted: it fails closed.
  const cachedAnswer = (user: UserId, guild: GuildId, channel: ChannelId): Resolution => {
    try {
      return access.inChannelIfCached(user, guild, channel);
    } catch {
      return null;
    }
  };

  const holdsInChannel: Revocation['holdsInChannel'] = async (user, guild, channel, anyOf) => {
    try {
      const cached = access.inChannelIfCached(user, guild, channel);
      return holds(cached ?? (await access.inChannel(user, guild, channel)), anyOf);
    } catch (error) {
      log.error({ event: 'gateway.permission.unknown', guildId: guild, err: error });
      return false;
    }
  };

  const drop = (guildId: GuildId, { connection, channelId }: Subscription) => {
    if (!audience.isIn(connection, guildId, channelId)) return;
    outbox.flush(); // What was said until now was still theirs to hear.
    const change = audience.leaveChannel(connection, guildId, channelId);
    const d = { guild_id: guildId, channel_id: channelId };
    outbox.toSome([connection], 'connection', { t: 'unsubscribed', d });
    if (change === 'went_offline')
      outbox.toGuild(guildId, presenceFrame(guildId, connection.userId, 'offline'));
  };

  return {
    holdsInChannel,
    removeFromGuild: (guildId, userId, frames) => {
      const theirs = [...audience.inGuild(guildId)].filter(
        (connection) => connection.userId === userId,
      );
      for (const frame of frames) placed.toSome(theirs, 'guild', frame);
      outbox.flush();
      const changes = theirs.map((connection) => audience.leaveGuild(connection, guildId));
      for (const frame of frames) placed.toGuild(guildId, frame);
      if (changes.includes('went_offline'))
        outbox.toGuild(guildId, presenceFrame(guildId, userId, 'offline'));
    },
    reconsider: async (guildId, connections) => {
      const unknown: Subscription[] = [];
      for (const connection of [...connections]) {
        for (const channelId of [...(connection.subscriptions.get(guildId) ?? [])]) {
          const cached = cachedAnswer(connection.userId, guildId, channelId);
          if (cached === null) unknown.push({ connection, channelId });
          else if (!holds(cached, ['create_message'])) drop(guildId, { connection, channelId });
        }
      }
      for (const { connection, channelId } of unknown)
        if (!(await holdsInChannel(connection.userId, guildId, channelId, ['create_message'])))
          drop(guildId, { connection, channelId });
    },
  };
};
