import { isLeft } from 'fp-ts/lib/Either.js';
import { type Guild } from '../../domain/guild/guild.ts';
import { NO_PERMISSIONS, without } from '../../domain/permission/permissions.ts';
import { type RoleId, type UserId } from '../../domain/shared/ids.ts';
import { type GuildAccess } from '../access/guild-access.ts';

/**
 * Whether somebody holds, in each channel, all that it allows (or denies) a role. Whoever hands a role out hands out what
 * channels allow it, and whoever takes it away gives back what they deny it: else a role that holds nothing by itself
 * would be a way up.
 */
export const holdsWhatChannels = async (
  say: 'allow' | 'deny',
  access: Pick<GuildAccess, 'inChannel'>,
  { by, guild, roleId }: { readonly by: UserId; readonly guild: Guild; readonly roleId: RoleId },
): Promise<boolean> => {
  for (const { channelId, roleOverrides } of guild.channels.values()) {
    const said = roleOverrides.get(roleId)?.[say] ?? NO_PERMISSIONS;
    if (said === NO_PERMISSIONS) continue;
    const own = await access.inChannel(by, guild.guildId, channelId);
    if (isLeft(own) || without(said, own.right.permissions) !== 0) return false;
  }
  return true;
};
