// Roles as rows, and what goes with them.
import { permissionsOf } from '../../domain/permission/permissions.ts';
import { type Recorded } from '../../application/event-store/event-store.ts';
import {
  type ChangeKind,
  deleteKind,
  insertKind,
  replaceKind,
  type RowChanges,
  updateKind,
} from '../row-changes.ts';

const ROLE_COLUMNS = [
  ['guild_id', 'text'],
  ['role_id', 'text'],
  ['name', 'text'],
  ['position', 'integer'],
  ['permissions', 'integer'],
  ['system_key', 'text'],
  ['is_system', 'boolean'],
  ['color_hex', 'text'],
  ['created_at', 'bigint'],
] as const;
const ROLE = insertKind('roles', ROLE_COLUMNS);
const ROLE_RESTORED = replaceKind('roles', 2, ROLE_COLUMNS);
const ROLE_KEY = [
  ['guild_id', 'text'],
  ['role_id', 'text'],
] as const;
const ROLE_RENAMED = updateKind('roles', 2, [...ROLE_KEY, ['name', 'text']]);
const ROLE_PERMITTED = updateKind('roles', 2, [...ROLE_KEY, ['permissions', 'integer']]);
const ROLE_COLORED = updateKind('roles', 2, [...ROLE_KEY, ['color_hex', 'text']]);
const ROLE_MOVED = updateKind('roles', 2, [...ROLE_KEY, ['position', 'integer']]);
const ROLE_GONE = deleteKind('roles', ROLE_KEY);
const OVERRIDES_OF_TARGET_GONE = deleteKind('overrides', [
  ['guild_id', 'text'],
  ['target_kind', 'text'],
  ['target_id', 'text'],
]);

const roleKey = (guildId: string, roleId: string): string => `role:${guildId}:${roleId}`;
/** Of all that channels say about one target, which goes with the role it is about. */
export const targetKey = (guildId: string, kind: string, id: string): string =>
  `target:${guildId}:${kind}:${id}`;

type Of<Type extends Recorded['type']> = Extract<Recorded, { type: Type }>['data'];

const roleRow = (
  data: Of<'RoleCreated'> | Of<'RoleRestored'>,
  createdAt: number,
): readonly unknown[] => {
  const { guildId, roleId, name, position, systemKey, isSystem, colorHex } = data;
  const permissions = permissionsOf(data.permissions);
  return [guildId, roleId, name, position, permissions, systemKey, isSystem, colorHex, createdAt];
};

export const createRole = (changes: RowChanges, data: Of<'RoleCreated'>): void =>
  changes.add(ROLE, { key: roleKey(data.guildId, data.roleId), row: roleRow(data, data.at) });

export const restoreRole = (changes: RowChanges, data: Of<'RoleRestored'>): void =>
  changes.add(ROLE_RESTORED, {
    key: roleKey(data.guildId, data.roleId),
    row: roleRow(data, data.createdAt),
  });

export const updateRole = (changes: RowChanges, data: Of<'RoleUpdated'>): void => {
  const { guildId, roleId, name, permissions, colorHex } = data;
  const reads = roleKey(guildId, roleId);
  const set = (kind: ChangeKind, what: string, value: unknown): void =>
    changes.add(kind, { key: `${what}:${reads}`, reads, row: [guildId, roleId, value] });
  if (name !== undefined) set(ROLE_RENAMED, 'name', name);
  if (permissions !== undefined) set(ROLE_PERMITTED, 'permissions', permissionsOf(permissions));
  if (colorHex !== undefined) set(ROLE_COLORED, 'color', colorHex);
};

export const reorderRoles = (
  changes: RowChanges,
  { guildId, roleIds }: Of<'RolesReordered'>,
): void => {
  roleIds.forEach((roleId, index) => {
    const reads = roleKey(guildId, roleId);
    const row = [guildId, roleId, roleIds.length - index];
    changes.add(ROLE_MOVED, { key: `position:${reads}`, reads, row });
  });
};

export const deleteRole = (changes: RowChanges, { guildId, roleId }: Of<'RoleDeleted'>): void => {
  changes.add(ROLE_GONE, { key: roleKey(guildId, roleId), row: [guildId, roleId] });
  changes.add(OVERRIDES_OF_TARGET_GONE, {
    key: targetKey(guildId, 'role', roleId),
    row: [guildId, 'role', roleId],
  });
};
