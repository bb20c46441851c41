// Who hears what: the subscriptions of all connections, mirrored in the transport's topics, and presence by them.
import { type Presence, type PresenceChange } from '../../application/presence/presence.ts';
import { type ChannelId, type GuildId } from '../../domain/shared/ids.ts';
import { type Connection } from './connection.ts';
import { createHeldFrames } from './held-frames.ts';

export const channelTopic = (channelId: ChannelId) => `c:${channelId}`;
export const guildTopic = (guildId: GuildId) => `g:${guildId}`;
// Every socket stays on this topic: one without any topic loses what was published to it in the same turn.
export const ownTopic = (connection: Connection) => `u:${connection.userId}`;

/** Sockets that want places hear the same under a topic of their own. */
export const placedTopic = (topic: string) => `s:${topic}`;

export type Audience = {
  /** How many sockets hear a topic, without places and with them. */
  readonly listeners: (topic: string) => { readonly plain: number; readonly placed: number };
  /** From now on the socket's frames are held back; before it joins anything. */
  readonly hold: (connection: Connection) => void;
  /** Sockets whose frames are held back. */
  readonly held: () => ReadonlySet<Connection>;
  /** The socket hears by itself from now on; what was held is its holder's to tell before. */
  readonly release: (connection: Connection) => void;
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

/** Which sockets hear which topics of the transport; those whose frames are held back hear none. */
const createListening = () => {
  const counts = new Map<string, number>(); // By topic as the transport knows it
  const topicOf = ({ wantsPlaces }: Connection, topic: string) =>
    wantsPlaces ? placedTopic(topic) : topic;
  return {
    listen: (connection: Connection, base: string): void => {
      if (connection.held !== null) return;
      const topic = topicOf(connection, base);
      counts.set(topic, (counts.get(topic) ?? 0) + 1);
      connection.socket.subscribe(topic);
    },
    unlisten: (connection: Connection, base: string): void => {
      if (connection.held !== null) return;
      const topic = topicOf(connection, base);
      const left = (counts.get(topic) ?? 1) - 1;
      if (left === 0) counts.delete(topic);
      else counts.set(topic, left);
      connection.socket.unsubscribe(topic);
    },
    listeners: (topic: string) => ({
      plain: counts.get(topic) ?? 0,
      placed: counts.get(placedTopic(topic)) ?? 0,
    }),
  };
};

export const createAudience = ({ presence }: { readonly presence: Presence }): Audience => {
  const byChannel = new Map<ChannelId, Set<Connection>>();
  const byGuild = new Map<GuildId, Set<Connection>>();

  const { listen, unlisten, listeners } = createListening();
  const held = new Set<Connection>();

  const leaveChannel: Audience['leaveChannel'] = (connection, guildId, channelId) => {
    const channels = connection.subscriptions.get(guildId);
    if (channels?.delete(channelId) !== true) return 'unchanged';
    connection.subscriptionCount -= 1;
    removeFrom(byChannel, channelId, connection);
    unlisten(connection, channelTopic(channelId));
    if (channels.size > 0) return 'unchanged';
    connection.subscriptions.delete(guildId);
    removeFrom(byGuild, guildId, connection);
    unlisten(connection, guildTopic(guildId));
    return presence.leave(guildId, connection.userId);
  };

  return {
    listeners,
    hold: (connection) => {
      connection.awaitsResume = false;
      connection.held = createHeldFrames();
      held.add(connection);
    },
    held: () => held,
    release: (connection) => {
      if (!held.delete(connection)) return;
      connection.held = null;
      for (const [guildId, channelIds] of connection.subscriptions) {
        listen(connection, guildTopic(guildId));
        for (const channelId of channelIds) listen(connection, channelTopic(channelId));
      }
    },
    inChannel: (channelId) => byChannel.get(channelId) ?? NOBODY,
    inGuild: (guildId) => byGuild.get(guildId) ?? NOBODY,
    isIn: (connection, guildId, channelId) =>
      connection.subscriptions.get(guildId)?.has(channelId) === true,
    join: (connection, guildId, channelId) => {
      const channels = connection.subscriptions.get(guildId);
      if (channels?.has(channelId) === true) return 'unchanged';
      connection.subscriptionCount += 1;
      addTo(byChannel, channelId, connection);
      listen(connection, channelTopic(channelId));
      if (channels) {
        channels.add(channelId);
        return 'unchanged';
      }
      connection.subscriptions.set(guildId, new Set([channelId]));
      addTo(byGuild, guildId, connection);
      listen(connection, guildTopic(guildId));
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
