import { isLeft, right, type Either } from 'fp-ts/lib/Either.js';
import type * as t from 'io-ts';
import { permissionNames } from '../../domain/permission/permissions.ts';
import { type ChannelId, type GuildId, type UserId } from '../../domain/shared/ids.ts';
import { unixSeconds } from '../../domain/shared/timestamp.ts';
import { type GuildAccess } from '../access/guild-access.ts';
import { type OwnPermissions } from '../contract/answers.ts';
import { type Failure } from '../failure.ts';

/** What somebody may do in a channel they can see. */
export const createOwnPermissions =
  ({ access }: { readonly access: GuildAccess }) =>
  async (
    by: UserId,
    guildId: GuildId,
    channelId: ChannelId,
  ): Promise<Either<Failure, OwnPermissions>> => {
    const resolved = await access.requireInChannel(by, guildId, channelId, 'create_message');
    if (isLeft(resolved)) return resolved;
    const { role, permissions, isTimedOut } = resolved.right;
    const until = isTimedOut ? (await access.membership(guildId, by)).timedOutUntil : null;
    return right({
      role,
      permissions: permissionNames(permissions),
      ...(until !== null && { timed_out_until_unix: unixSeconds(until) as t.Int }),
    });
  };
