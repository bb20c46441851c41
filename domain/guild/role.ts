// One role, and how the events about roles change a guild's set of them.
import { permissionsOf, type Permissions } from '../permission/permissions.ts';
import { type RoleId } from '../shared/ids.ts';
import { type Sealed } from '../shared/sealed.ts';
import { type Timestamp } from '../shared/timestamp.ts';
import { type GuildEvent, type SystemKey } from './events.ts';

export type Role = {
  readonly roleId: RoleId;
  readonly name: Sealed;
  readonly position: number;
  readonly permissions: Permissions;
  readonly systemKey: SystemKey;
  readonly isSystem: boolean;
  readonly colorHex: string | null;
  readonly createdAt: Timestamp;
};

export type Roles = ReadonlyMap<RoleId, Role>;

type DataOf<Type extends GuildEvent['type']> = Extract<GuildEvent, { type: Type }>['data'];

const roleOf = (
  data: DataOf<'RoleCreated'> | DataOf<'RoleRestored'>,
  createdAt: Timestamp,
): Role => ({
  roleId: data.roleId,
  name: data.name,
  position: data.position,
  permissions: permissionsOf(data.permissions),
  systemKey: data.systemKey,
  isSystem: data.isSystem,
  colorHex: data.colorHex,
  createdAt,
});

const updated = (role: Role, { name, permissions, colorHex }: DataOf<'RoleUpdated'>): Role => ({
  ...role,
  ...(name !== undefined && { name }),
  ...(permissions !== undefined && { permissions: permissionsOf(permissions) }),
  ...(colorHex !== undefined && { colorHex }),
});

const reordered = (roles: Roles, roleIds: readonly RoleId[]): Roles => {
  const next = new Map(roles);
  roleIds.forEach((roleId, index) => {
    const role = roles.get(roleId);
    if (role !== undefined) next.set(roleId, { ...role, position: roleIds.length - index });
  });
  return next;
};

/** The seeded role of a key; every guild has one, so undefined only before its events are all there. */
export const seededRole = (roles: Roles, systemKey: NonNullable<SystemKey>): Role | undefined => {
  for (const role of roles.values()) if (role.systemKey === systemKey) return role;
  return undefined;
};

type RoleEvent = Extract<
  GuildEvent,
  { type: 'RoleCreated' | 'RoleUpdated' | 'RoleDeleted' | 'RolesReordered' | 'RoleRestored' }
>;

/** Folds an event about roles into a guild's set of them. Total: what is about a role that is gone changes nothing. */
export const evolveRoles = (roles: Roles, event: RoleEvent): Roles => {
  switch (event.type) {
    case 'RoleCreated':
      return new Map(roles).set(event.data.roleId, roleOf(event.data, event.data.at));
    case 'RoleRestored':
      return new Map(roles).set(event.data.roleId, roleOf(event.data, event.data.createdAt));
    case 'RoleUpdated': {
      const role = roles.get(event.data.roleId);
      return role === undefined
        ? roles
        : new Map(roles).set(role.roleId, updated(role, event.data));
    }
    case 'RoleDeleted': {
      const next = new Map(roles);
      next.delete(event.data.roleId);
      return next;
    }
    case 'RolesReordered':
      return reordered(roles, event.data.roleIds);
  }
};
