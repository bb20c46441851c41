// What sockets hear of a guild's structure. Channels and overrides are told only to those who may see them.
import { type PermissionName } from '../../domain/permission/permissions.ts';
import { type ChannelId, type GuildId } from '../../domain/shared/ids.ts';
import { type Announcers } from './announcer.ts';
import { type Audience } from './audience.ts';
import { type Connection } from './connection.ts';
import { channelCreateFrame, channelDeleteFrame, guildUpdateFrame } from './event-frames.ts';
import { type Outbox } from './outbox.ts';
import { type Revocation } from './revocation.ts';
import {
  overrideFrame,
  roleCreateFrame,
  roleDeleteFrame,
  roleReorderFrame,
  roleRestoreFrames,
  roleUpdateFrame,
} from './role-frames.ts';

export const SEES_CHANNEL: readonly PermissionName[] = ['create_message'];
// Overrides are shown to those who see the channel and to those who manage it without seeing it.
export const SEES_OVERRIDES: readonly PermissionName[] = [
  'create_message',
  'manage_channel_overrides',
];

export const guildAnnouncers = ({
  audience,
  outbox,
  revocation,
}: {
  readonly audience: Audience;
  readonly outbox: Outbox;
  readonly revocation: Revocation;
}): Announcers => {
  /** Those sockets of the guild whose person holds one of the permissions in the channel, and those in `also`. */
  const among = async (
    guildId: GuildId,
    channelId: ChannelId,
    anyOf: readonly PermissionName[],
    also: ReadonlySet<Connection>,
  ): Promise<readonly Connection[]> => {
    const found: Connection[] = [];
    for (const connection of [...audience.inGuild(guildId)]) {
      if (
        also.has(connection) ||
        (await revocation.holdsInChannel(connection.userId, guildId, channelId, anyOf))
      )
        found.push(connection);
    }
    // Loading may have taken a while; who has left meanwhile hears nothing.
    return found.filter((connection) => connection.subscriptions.has(guildId));
  };

  return {
    GuildUpdated: ({ data }) => outbox.toGuild(data.guildId, guildUpdateFrame(data)),
    ChannelCreated: async ({ data }) => {
      const hearers = await among(data.guildId, data.channelId, SEES_CHANNEL, new Set());
      outbox.toSome(hearers, 'guild', channelCreateFrame(data));
    },
    ChannelRemoved: async ({ data }) => {
      // To everybody: who could see it can't be asked any more, and the id of what is gone tells nothing.
      outbox.toGuild(data.guildId, channelDeleteFrame(data));
      await revocation.reconsider(data.guildId, audience.inGuild(data.guildId));
    },
    ChannelOverrideSet: async ({ data }) => {
      // Those who heard the channel until now are told too: it is how their client learns that it lost it.
      const listeners = new Set(audience.inChannel(data.channelId));
      const hearers = await among(data.guildId, data.channelId, SEES_OVERRIDES, listeners);
      outbox.toSome(hearers, 'guild', overrideFrame(data));
      await revocation.reconsider(data.guildId, audience.inGuild(data.guildId));
    },
    RoleCreated: ({ data }) => outbox.toGuild(data.guildId, roleCreateFrame(data)),
    RoleUpdated: async ({ data }) => {
      outbox.toGuild(data.guildId, roleUpdateFrame(data));
      if (data.permissions !== undefined)
        await revocation.reconsider(data.guildId, audience.inGuild(data.guildId));
    },
    RoleRestored: async ({ data }) => {
      for (const frame of roleRestoreFrames(data)) outbox.toGuild(data.guildId, frame);
      await revocation.reconsider(data.guildId, audience.inGuild(data.guildId));
    },
    RolesReordered: ({ data }) => outbox.toGuild(data.guildId, roleReorderFrame(data)),
    RoleDeleted: async ({ data }) => {
      outbox.toGuild(data.guildId, roleDeleteFrame(data));
      await revocation.reconsider(data.guildId, audience.inGuild(data.guildId));
    },
  };
};
