// The twelve permissions of the base contract (5.3.1), as names on the wire and in events, as bits in memory.
import * as t from 'io-ts';
import { described } from '../shared/described.ts';

/** In bit order: the index of a name is its bit. */
export const PERMISSION_NAMES = [
  'manage_roles',
  'manage_member_roles',
  'manage_workspace_roles',
  'manage_channel_overrides',
  'delete_message',
  'ban_member',
  'view_audit_log',
  'manage_ip_bans',
  'create_message',
  'publish_video',
  'publish_screen_share',
  'subscribe_streams',
] as const;

export type PermissionName = (typeof PERMISSION_NAMES)[number];

const isPermissionName = (value: unknown): value is PermissionName =>
  PERMISSION_NAMES.some((name) => name === value);

export const PermissionName = described(
  new t.Type<PermissionName, string>(
    'PermissionName',
    isPermissionName,
    (value, context) => (isPermissionName(value) ? t.success(value) : t.failure(value, context)),
    (name) => name,
  ),
  { enum: PERMISSION_NAMES },
);

/** A set of permissions: bit i stands for PERMISSION_NAMES[i]. */
export type Permissions = number & { readonly isPermissions: true };

export const NO_PERMISSIONS = 0 as Permissions;
export const ALL_PERMISSIONS = (2 ** PERMISSION_NAMES.length - 1) as Permissions;

/** The set of the named permissions. */
export const permissionsOf = (names: Iterable<PermissionName>): Permissions => {
  let bits = 0;
  for (const name of names) bits |= 1 << PERMISSION_NAMES.indexOf(name);
  return bits as Permissions;
};

/** The names of a set, in bit order. */
export const permissionNames = (permissions: Permissions): readonly PermissionName[] =>
  PERMISSION_NAMES.filter((_, bit) => (permissions & (1 << bit)) !== 0);

export const hasPermission = (permissions: Permissions, name: PermissionName): boolean =>
  (permissions & (1 << PERMISSION_NAMES.indexOf(name))) !== 0;

export const union = (a: Permissions, b: Permissions): Permissions => (a | b) as Permissions;

/** Those of `a` that are not in `b`. */
export const without = (a: Permissions, b: Permissions): Permissions => (a & ~b) as Permissions;
