// The rules of a guild's roles that hold whoever asks. Who may do what to which role is in domain/permission/hierarchy.ts.
import { left, right, type Either } from 'fp-ts/lib/Either.js';
import type * as t from 'io-ts';
import { permissionNames, permissionsOf, type PermissionName } from '../permission/permissions.ts';
import { type GuildId, type RoleId, type UserId } from '../shared/ids.ts';
import { type Timestamp } from '../shared/timestamp.ts';
import { type GuildEvent } from './events.ts';
import { type Guild } from './guild.ts';
import { type Role } from './role.ts';

/** Each role is looked at in every check of a permission (base contract 5.3.2). */
export const ROLES_PER_GUILD_MAX = 64;

type Act = { readonly guildId: GuildId; readonly by: UserId; readonly at: Timestamp };
type CreateRole = Act & {
  readonly roleId: RoleId;
  readonly name: string;
  readonly position: number;
  readonly permissions: readonly PermissionName[];
  readonly colorHex: string | null;
};
type UpdateRole = Act & {
  readonly roleId: RoleId;
  readonly name?: string | undefined;
  readonly permissions?: readonly PermissionName[] | undefined;
  readonly colorHex?: string | null | undefined;
};

type RestoreRole = Act & { readonly role: Role };

export type RoleCommand =
  | { readonly type: 'CreateRole'; readonly data: CreateRole }
  | { readonly type: 'UpdateRole'; readonly data: UpdateRole }
  | { readonly type: 'DeleteRole'; readonly data: Act & { readonly roleId: RoleId } }
  | { readonly type: 'RestoreRole'; readonly data: RestoreRole }
  | { readonly type: 'ReorderRoles'; readonly data: Act & { readonly roleIds: readonly RoleId[] } }
  | {
      readonly type: 'SetDefaultJoinRole';
      readonly data: Act & { readonly roleId: RoleId | null };
    };

export type RoleRejection = {
  readonly type: 'TooManyRoles' | 'NoSuchRole' | 'SeededRole' | 'SystemRole' | 'RoleListedTwice';
};

type Decision = Either<RoleRejection, readonly GuildEvent[]>;

const NOTHING: Decision = right([]); // Already as asked.
const rejected = (type: RoleRejection['type']): Decision => left({ type });

const createRole = ({ permissions, position, ...data }: CreateRole, { roles }: Guild): Decision => {
  if (roles.size >= ROLES_PER_GUILD_MAX) return rejected('TooManyRoles');
  const role = {
    ...data,
    position: position as t.Int,
    permissions: permissionNames(permissionsOf(permissions)),
    systemKey: null,
    isSystem: false,
  };
  return right([{ type: 'RoleCreated', data: role }]);
};

const updateRole = (command: UpdateRole, { roles }: Guild): Decision => {
  const { guildId, roleId, by, at } = command;
  const role = roles.get(roleId);
  if (role === undefined) return rejected('NoSuchRole');
  const name = command.name === role.name ? undefined : command.name;
  // Existing clients know the seeded roles by their names.
  if (name !== undefined && role.systemKey !== null) return rejected('SeededRole');
  const bits = command.permissions && permissionsOf(command.permissions);
  const permissions =
    bits === undefined || bits === role.permissions ? undefined : permissionNames(bits);
  const colorHex = command.colorHex === role.colorHex ? undefined : command.colorHex;
  if (name === undefined && permissions === undefined && colorHex === undefined) return NOTHING;
  const changed = {
    ...(name !== undefined && { name }),
    ...(permissions !== undefined && { permissions }),
    ...(colorHex !== undefined && { colorHex }),
  };
  return right([{ type: 'RoleUpdated', data: { guildId, roleId, by, at, ...changed } }]);
};

const deleteRole = (data: Act & { readonly roleId: RoleId }, { roles }: Guild): Decision => {
  const role = roles.get(data.roleId);
  if (role === undefined) return rejected('NoSuchRole');
  // Without it, everyone who has what it gives would have nothing.
  if (role.systemKey !== null) return rejected('SeededRole');
  return right([{ type: 'RoleDeleted', data }]);
};

const reorderRoles = (
  data: Act & { readonly roleIds: readonly RoleId[] },
  { roles }: Guild,
): Decision => {
  const { roleIds } = data;
  if (new Set(roleIds).size < roleIds.length) return rejected('RoleListedTwice');
  const listed = roleIds.flatMap((roleId) => roles.get(roleId) ?? []);
  if (listed.length < roleIds.length) return rejected('NoSuchRole');
  if (listed.some(({ isSystem }) => isSystem)) return rejected('SystemRole');
  const stands = listed.every(({ position }, index) => position === roleIds.length - index);
  return stands ? NOTHING : right([{ type: 'RolesReordered', data }]);
};

const setDefaultJoinRole = (
  data: Act & { readonly roleId: RoleId | null },
  { roles, defaultJoinRoleId }: Guild,
): Decision => {
  if (data.roleId !== null) {
    const role = roles.get(data.roleId);
    if (role === undefined) return rejected('NoSuchRole');
    if (role.isSystem) return rejected('SystemRole');
  }
  return data.roleId === defaultJoinRoleId
    ? NOTHING
    : right([{ type: 'DefaultJoinRoleSet', data }]);
};

const isSame = (one: Role, other: Role): boolean =>
  one.name === other.name &&
  one.position === other.position &&
  one.permissions === other.permissions &&
  one.colorHex === other.colorHex;

/** Not for people: it puts back what the log says was there, so none of the rules for making roles are asked but the cap. */
const restoreRole = (
  { role, guildId, by, at }: RestoreRole,
  { roles }: Pick<Guild, 'roles'>,
): Decision => {
  const current = roles.get(role.roleId);
  if (current === undefined && roles.size >= ROLES_PER_GUILD_MAX) return rejected('TooManyRoles');
  if (current !== undefined && isSame(current, role)) return NOTHING;
  const data = {
    ...{ guildId, by, at },
    ...role,
    position: role.position as t.Int,
    permissions: permissionNames(role.permissions),
  };
  return right([{ type: 'RoleRestored', data }]);
};

export const decideRole = ({ type, data }: RoleCommand, guild: Guild): Decision => {
  switch (type) {
    case 'CreateRole':
      return createRole(data, guild);
    case 'UpdateRole':
      return updateRole(data, guild);
    case 'DeleteRole':
      return deleteRole(data, guild);
    case 'RestoreRole':
      return restoreRole(data, guild);
    case 'ReorderRoles':
      return reorderRoles(data, guild);
    case 'SetDefaultJoinRole':
      return setDefaultJoinRole(data, guild);
  }
};
