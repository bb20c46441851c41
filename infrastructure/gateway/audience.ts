// Who hears what: the subscriptions of all connections, mirrored in the transport's topics, and presence by them.
import { type Presence, type PresenceChange } from '../../application/presence/presence.ts';
import { type ChannelId, type GuildId } from '../../domain/shared/ids.ts';
import { type Connection } from './connection.ts';

export const channelTopic = (channelId: ChannelId) => `c:${channelId}`;
export const guildTopic = (guildId: GuildId) => `g:${guildId}`;
// Every socket stays on this topic: one without any topic loses what was published to it in the same turn.
export const ownTopic = (connection: Connection) => `u:${connection.userId}`;

export type Audience = {
  readonly inChannel: (channelId: ChannelId) => ReadonlySet<Connection>;
  readonly inGuild: (guildId: GuildId) => ReadonlySet<Connection>;
  readonly isIn: (connection: Connection, guildId: GuildId, channelId: ChannelId) => boolean;
  readonly join: (connection: Connection, guildId: GuildId, channelId: ChannelId) => PresenceChange;
  readonly leaveChannel: (
    connection: Connection,
    guildId: GuildId,
    channelId: ChannelId,
  ) => PresenceChange;
  /** Leaves all channels of a guild. */
  readonly leaveGuild: (connection: Connection, guildId: GuildId) => PresenceChange;
};

const NOBODY: ReadonlySet<Connection> = new Set();

const addTo = <Key>(index: Map<Key, Set<Connection>>, key: Key, connection: Connection) => {
  const found = index.get(key);
  if (found) found.add(connection);
  else index.set(key, new Set([connection]));
};
const removeFrom = <Key>(index: Map<Key, Set<Connection>>, key: Key, connection: Connection) => {
  const found = index.get(key);
  found?.delete(connection);
  if (found?.size === 0) index.delete(key);
};

export const createAudience = ({ presence }: { readonly presence: Presence }): Audience => {
  const byChannel = new Map<ChannelId, Set<Connection>>();
  const byGuild = new Map<GuildId, Set<Connection>>();

  const leaveChannel: Audience['leaveChannel'] = (connection, guildId, channelId) => {
    const channels = connection.subscriptions.get(guildId);
    if (channels?.delete(channelId) !== true) return 'unchanged';
    connection.subscriptionCount -= 1;
    removeFrom(byChannel, channelId, connection);
    connection.socket.unsubscribe(channelTopic(channelId));
    if (channels.size > 0) return 'unchanged';
    connection.subscriptions.delete(guildId);
    removeFrom(byGuild, guildId, connection);
    connection.socket.unsubscribe(guildTopic(guildId));
    return presence.leave(guildId, connection.userId);
  };

  return {
    inChannel: (channelId) => byChannel.get(channelId) ?? NOBODY,
    inGuild: (guildId) => byGuild.get(guildId) ?? NOBODY,
    isIn: (connection, guildId, channelId) =>
      connection.subscriptions.get(guildId)?.has(channelId) === true,
    join: (connection, guildId, channelId) => {
      const channels = connection.subscriptions.get(guildId);
      if (channels?.has(channelId) === true) return 'unchanged';
      connection.subscriptionCount += 1;
      addTo(byChannel, channelId, connection);
      connection.socket.subscribe(channelTopic(channelId));
      if (channels) {
        channels.add(channelId);
        return 'unchanged';
      }
      connection.subscriptions.set(guildId, new Set([channelId]));
      addTo(byGuild, guildId, connection);
      connection.socket.subscribe(guildTopic(guildId));
      return presence.enter(guildId, connection.userId);
    },
    leaveChannel,
    leaveGuild: (connection, guildId) => {
      let change: PresenceChange = 'unchanged';
      for (const channelId of [...(connection.subscriptions.get(guildId) ?? [])])
        change = leaveChannel(connection, guildId, channelId);
      return change;
    },
  };
};
