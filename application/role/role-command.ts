// What commands on roles share: who may manage them, and what a rejection means to the client.
import { isLeft, left, right, type Either } from 'fp-ts/lib/Either.js';
import { type GuildRejection } from '../../domain/guild/decider.ts';
import { type Guild } from '../../domain/guild/guild.ts';
import { type Role } from '../../domain/guild/role.ts';
import { type Actor } from '../../domain/permission/hierarchy.ts';
import { type GuildId, type RoleId, type UserId } from '../../domain/shared/ids.ts';
import { type GuildAccess } from '../access/guild-access.ts';
import { FORBIDDEN, INVALID, NOT_FOUND, type Failure } from '../failure.ts';

export type OnRole = { readonly guildId: GuildId; readonly roleId: RoleId };

export const refuseRole = ({ type }: GuildRejection): Failure => {
  if (type === 'TooManyRoles') return { type: 'QuotaExceeded' };
  if (type === 'SeededRole' || type === 'SystemRole') return FORBIDDEN;
  return type === 'RoleListedTwice' ? INVALID : NOT_FOUND;
};

/** Somebody who may manage roles, and the role they mean. */
export const requireRole = async (
  access: GuildAccess,
  by: UserId,
  guild: Guild | null,
  { guildId, roleId }: OnRole,
): Promise<Either<Failure, { readonly actor: Actor; readonly role: Role }>> => {
  const actor = await access.requireActor(by, guildId, 'manage_workspace_roles');
  if (isLeft(actor)) return actor;
  const role = guild?.roles.get(roleId);
  return role === undefined ? left(NOT_FOUND) : right({ actor: actor.right, role });
};
