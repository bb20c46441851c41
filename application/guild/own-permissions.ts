import { isLeft, right, type Either } from 'fp-ts/lib/Either.js';
import { permissionNames, type PermissionName } from '../../domain/permission/permissions.ts';
import { type ChannelId, type GuildId, type UserId } from '../../domain/shared/ids.ts';
import { type GuildAccess } from '../access/guild-access.ts';
import { type FixedRole } from '../../domain/guild/events.ts';
import { type Failure } from '../failure.ts';

/** What somebody may do in a channel they can see. */
export const createOwnPermissions =
  ({ access }: { readonly access: GuildAccess }) =>
  async (
    by: UserId,
    guildId: GuildId,
    channelId: ChannelId,
  ): Promise<
    Either<Failure, { readonly role: FixedRole; readonly permissions: readonly PermissionName[] }>
  > => {
    const resolved = await access.requireInChannel(by, guildId, channelId, 'create_message');
    if (isLeft(resolved)) return resolved;
    const { role, permissions } = resolved.right;
    return right({ role, permissions: permissionNames(permissions) });
  };
