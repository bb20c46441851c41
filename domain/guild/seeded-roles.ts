// The four roles every guild starts with (base contract 5.3.2). Existing clients look for them by these names.
import type * as t from 'io-ts';
import { PERMISSION_NAMES, type PermissionName } from '../permission/permissions.ts';
import { type GuildId, type RoleId, type UserId } from '../shared/ids.ts';
import { type Timestamp } from '../shared/timestamp.ts';
import { type GuildEvent, type SystemKey } from './events.ts';

type SeededRole = {
  readonly name: string;
  readonly systemKey: NonNullable<SystemKey>;
  readonly isSystem: boolean;
  readonly position: number;
  readonly permissions: readonly PermissionName[];
};

const MEMBER_PERMISSIONS: readonly PermissionName[] = ['create_message', 'subscribe_streams'];

const SEEDED_ROLES: readonly SeededRole[] = [
  {
    name: '@everyone',
    systemKey: 'everyone',
    isSystem: true,
    position: 0,
    permissions: MEMBER_PERMISSIONS,
  },
  {
    name: 'member',
    systemKey: 'member',
    isSystem: false,
    position: 1,
    permissions: MEMBER_PERMISSIONS,
  },
  {
    name: 'moderator',
    systemKey: 'moderator',
    isSystem: false,
    position: 100,
    permissions: PERMISSION_NAMES.filter(
      (name) => name !== 'manage_roles' && name !== 'manage_workspace_roles',
    ),
  },
  {
    name: 'workspace_owner',
    systemKey: 'workspace_owner',
    isSystem: true,
    position: 10_000,
    permissions: PERMISSION_NAMES,
  },
];

export type SeededRoleIds = { readonly [Key in NonNullable<SystemKey>]: RoleId };

/** The events that give a new guild its roles. */
export const seedRoles = ({
  guildId,
  roleIds,
  by,
  at,
}: {
  readonly guildId: GuildId;
  readonly roleIds: SeededRoleIds;
  readonly by: UserId;
  readonly at: Timestamp;
}): readonly GuildEvent[] =>
  SEEDED_ROLES.map((role) => ({
    type: 'RoleCreated',
    data: {
      guildId,
      roleId: roleIds[role.systemKey],
      ...role,
      position: role.position as t.Int,
      colorHex: null,
      by,
      at,
    },
  }));
