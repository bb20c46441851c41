// The moment a socket joins a channel, and what it is told of the moment then.
import { isLeft } from 'fp-ts/lib/Either.js';
import { type GuildAccess } from '../../application/access/guild-access.ts';
import { type Limits } from '../../application/limits.ts';
import { type Clock } from '../../application/ports.ts';
import { type Presence } from '../../application/presence/presence.ts';
import { hasPermission } from '../../domain/permission/permissions.ts';
import { type ChannelId, type GuildId } from '../../domain/shared/ids.ts';
import { unixSeconds } from '../../domain/shared/timestamp.ts';
import { type Connection } from './connection.ts';
import { type Frame } from './frame-text.ts';

/** Waits for nothing: the state between this answer and what the caller does next can't change. Null: not in the cache. */
export const mayHearNow = (
  access: Pick<GuildAccess, 'inChannelIfCached'>,
  { userId }: Connection,
  guildId: GuildId,
  channelId: ChannelId,
): boolean | null => {
  const resolved = access.inChannelIfCached(userId, guildId, channelId);
  if (resolved === null) return null;
  return !isLeft(resolved) && hasPermission(resolved.right.permissions, 'create_message');
};

export const createMomentFrames = ({
  presence,
  limits,
  clock,
}: {
  readonly presence: Presence;
  readonly limits: Limits;
  readonly clock: Clock;
}) => ({
  presenceSync: ({ userId }: Connection, guildId: GuildId): Frame => ({
    t: 'presence_sync',
    d: {
      guild_id: guildId,
      user_ids: presence.online(guildId, userId, limits.presenceSyncUsersMax),
    },
  }),
  voiceSync: (guildId: GuildId, channelId: ChannelId): Frame => ({
    t: 'voice_participant_sync',
    d: {
      guild_id: guildId,
      channel_id: channelId,
      participants: [],
      synced_at_unix: unixSeconds(clock.now()),
    },
  }),
});
export type MomentFrames = ReturnType<typeof createMomentFrames>;
