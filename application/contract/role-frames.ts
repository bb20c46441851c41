// Frames about roles, who holds them and what channels say about them (base contract 4.4).
import * as t from 'io-ts';
import { FixedRole } from '../../domain/guild/events.ts';
import { PermissionName } from '../../domain/permission/permissions.ts';
import { ChannelId, GuildId, RoleId, UserId } from '../../domain/shared/ids.ts';
import { actor, frame, optional } from './frame.ts';

const permissions = t.readonlyArray(PermissionName);
const role = { guild_id: GuildId, role_id: RoleId };
const assignment = { ...role, user_id: UserId };
const override = {
  guild_id: GuildId,
  channel_id: ChannelId,
  updated_fields: t.strict({ allow: permissions, deny: permissions }),
  updated_at_unix: t.Int,
};

const WorkspaceRoleCreateFrame = frame(
  'workspace_role_create',
  optional(
    {
      guild_id: GuildId,
      // The colour is absent when there is none, unlike in answers.
      role: optional(
        {
          role_id: RoleId,
          name: t.string,
          position: t.Int,
          is_system: t.boolean,
          permissions,
        },
        { color_hex: t.string },
      ),
    },
    actor,
  ),
);
const WorkspaceRoleUpdateFrame = frame(
  'workspace_role_update',
  optional(
    {
      ...role,
      updated_fields: t.exact(
        t.partial({ name: t.string, permissions, color_hex: t.union([t.string, t.null]) }),
      ),
      updated_at_unix: t.Int,
    },
    actor,
  ),
);
const WorkspaceRoleDeleteFrame = frame(
  'workspace_role_delete',
  optional({ ...role, deleted_at_unix: t.Int }, actor),
);
const WorkspaceRoleReorderFrame = frame(
  'workspace_role_reorder',
  optional({ guild_id: GuildId, role_ids: t.readonlyArray(RoleId), updated_at_unix: t.Int }, actor),
);
const WorkspaceRoleAssignmentAddFrame = frame(
  'workspace_role_assignment_add',
  optional({ ...assignment, assigned_at_unix: t.Int }, actor),
);
const WorkspaceRoleAssignmentRemoveFrame = frame(
  'workspace_role_assignment_remove',
  optional({ ...assignment, removed_at_unix: t.Int }, actor),
);
const ChannelRoleOverrideUpdateFrame = frame(
  'workspace_channel_role_override_update',
  optional({ ...override, role: FixedRole }, actor),
);
const ChannelPermissionOverrideUpdateFrame = frame(
  'workspace_channel_permission_override_update',
  optional(
    {
      ...override,
      target_kind: t.union([t.literal('role'), t.literal('member')]),
      target_id: t.string,
    },
    actor,
  ),
);

export const ROLE_FRAMES = [
  WorkspaceRoleCreateFrame,
  WorkspaceRoleUpdateFrame,
  WorkspaceRoleDeleteFrame,
  WorkspaceRoleReorderFrame,
  WorkspaceRoleAssignmentAddFrame,
  WorkspaceRoleAssignmentRemoveFrame,
  ChannelRoleOverrideUpdateFrame,
  ChannelPermissionOverrideUpdateFrame,
] as const;
