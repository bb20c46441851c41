// Events about roles and overrides as frames of the wire (base contract 4.4).
import { unixSeconds } from '../../domain/shared/timestamp.ts';
import { type DataOf } from './data-of.ts';
import { type Frame } from './frame-text.ts';

const updated = ({ by, at }: Pick<DataOf<'RoleUpdated'>, 'by' | 'at'>) => ({
  updated_at_unix: unixSeconds(at),
  actor_user_id: by,
});

export const roleCreateFrame = (data: DataOf<'RoleCreated'>): Frame => ({
  t: 'workspace_role_create',
  d: {
    guild_id: data.guildId,
    role: {
      role_id: data.roleId,
      name: data.name ?? '',
      position: data.position,
      is_system: data.isSystem,
      permissions: data.permissions,
      color_hex: data.colorHex ?? undefined, // Absent, as an existing client expects it
    },
    actor_user_id: data.by,
  },
});

/**
 * A role is there as it was: whole, for clients that lost it or never had this place of it, and as an update, by which
 * those who hold it learn what they may.
 */
export const roleRestoreFrames = (data: DataOf<'RoleRestored'>): readonly Frame[] => [
  { ...roleCreateFrame(data), isPartial: true },
  roleUpdateFrame(data),
];

export const roleUpdateFrame = (data: DataOf<'RoleUpdated'>): Frame => ({
  t: 'workspace_role_update',
  d: {
    guild_id: data.guildId,
    role_id: data.roleId,
    updated_fields: {
      name: data.name === undefined ? undefined : (data.name ?? ''),
      permissions: data.permissions,
      color_hex: data.colorHex,
    },
    ...updated(data),
  },
});

export const roleDeleteFrame = (data: DataOf<'RoleDeleted'>): Frame => ({
  t: 'workspace_role_delete',
  d: {
    guild_id: data.guildId,
    role_id: data.roleId,
    deleted_at_unix: unixSeconds(data.at),
    actor_user_id: data.by,
  },
});

export const roleReorderFrame = (data: DataOf<'RolesReordered'>): Frame => ({
  t: 'workspace_role_reorder',
  d: { guild_id: data.guildId, role_ids: data.roleIds, ...updated(data) },
});

const assignment = (data: DataOf<'MemberRoleAssigned' | 'MemberRoleUnassigned'>) => ({
  guild_id: data.guildId,
  user_id: data.userId,
  role_id: data.roleId,
  actor_user_id: data.by,
});

export const roleAssignmentAddFrame = (data: DataOf<'MemberRoleAssigned'>): Frame => ({
  t: 'workspace_role_assignment_add',
  d: { ...assignment(data), assigned_at_unix: unixSeconds(data.at) },
});

export const roleAssignmentRemoveFrame = (data: DataOf<'MemberRoleUnassigned'>): Frame => ({
  t: 'workspace_role_assignment_remove',
  d: { ...assignment(data), removed_at_unix: unixSeconds(data.at) },
});

/** In the form of the route it was set by: a seeded role by its fixed role, anything else by its id. */
export const overrideFrame = (data: DataOf<'ChannelOverrideSet'>): Frame => {
  const { guildId, channelId, target, fixedRole, allow, deny } = data;
  const entry = {
    guild_id: guildId,
    channel_id: channelId,
    updated_fields: { allow, deny },
    ...updated(data),
  };
  if (fixedRole !== undefined)
    return { t: 'workspace_channel_role_override_update', d: { ...entry, role: fixedRole } };
  return {
    t: 'workspace_channel_permission_override_update',
    d: {
      ...entry,
      target_kind: target.kind,
      target_id: target.kind === 'role' ? target.roleId : target.userId,
    },
  };
};
