import { type GuildId, type UserId } from '../../domain/shared/ids.ts';
import { type Frame } from './frame-text.ts';

export const presenceFrame = (
  guildId: GuildId,
  userId: UserId,
  status: 'online' | 'offline',
): Frame => ({ t: 'presence_update', d: { guild_id: guildId, user_id: userId, status } });
