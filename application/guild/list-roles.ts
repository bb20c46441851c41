import { isLeft, right, type Either } from 'fp-ts/lib/Either.js';
import { type Role as GuildRole } from '../../domain/guild/role.ts';
import { type GuildId, type UserId } from '../../domain/shared/ids.ts';
import { type GuildAccess } from '../access/guild-access.ts';
import { type RoleList } from '../contract/answers.ts';
import { type Failure } from '../failure.ts';
import { roleAnswer } from './guild-answers.ts';

const highestFirst = (a: GuildRole, b: GuildRole): number =>
  b.position - a.position || a.createdAt - b.createdAt || (a.roleId < b.roleId ? -1 : 1);

/** All roles of a guild, for its members. */
export const createListRoles =
  ({ access }: { readonly access: GuildAccess }) =>
  async (by: UserId, guildId: GuildId): Promise<Either<Failure, RoleList>> => {
    const member = await access.inGuild(by, guildId);
    if (isLeft(member)) return member;
    const guild = await access.guild(guildId);
    const roles = [...(guild?.roles.values() ?? [])].sort(highestFirst);
    return right({
      roles: roles.map(roleAnswer),
      default_join_role_id: guild?.defaultJoinRoleId ?? null,
    });
  };
