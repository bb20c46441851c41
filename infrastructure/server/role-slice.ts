// Roles, overrides and moderation: their commands and routes, over the ports that all commands on guilds share.
import { type GuildCommandPorts } from '../../application/command-ports.ts';
import { type EventStore } from '../../application/event-store/event-store.ts';
import { createListRoles } from '../../application/guild/list-roles.ts';
import {
  createSetChannelOverride,
  createSetFixedRoleOverride,
} from '../../application/guild/set-channel-override.ts';
import { createAssignRole, createUnassignRole } from '../../application/membership/assign-role.ts';
import {
  createKeepAnOwner,
  type AloneInGuild,
} from '../../application/membership/keep-an-owner.ts';
import { createLeaveGuild } from '../../application/membership/leave-guild.ts';
import { createListBans } from '../../application/membership/list-bans.ts';
import { type MemberReader } from '../../application/membership/member-reader.ts';
import { createModerateMember } from '../../application/membership/moderate-member.ts';
import { createSetFixedRole } from '../../application/membership/set-fixed-role.ts';
import { type NewId } from '../../application/ports.ts';
import { createCreateRole } from '../../application/role/create-role.ts';
import { createDeleteRole } from '../../application/role/delete-role.ts';
import { createReorderRoles } from '../../application/role/reorder-roles.ts';
import { createSetDefaultJoinRole } from '../../application/role/set-default-join-role.ts';
import { createUpdateRole } from '../../application/role/update-role.ts';
import { moderationRoutes } from '../http/moderation-routes.ts';
import { overrideRoutes } from '../http/override-routes.ts';
import { roleRoutes } from '../http/role-routes.ts';
import { type Route } from '../http/route.ts';

export const createRoleSlice = (
  ports: GuildCommandPorts & {
    readonly store: Pick<EventStore, 'load'>;
    readonly newId: NewId;
    readonly members: Pick<MemberReader, 'holders' | 'bans'>;
    readonly alone: AloneInGuild;
  },
): readonly Route[] => {
  const keepAnOwner = createKeepAnOwner(ports);
  return [
    ...roleRoutes({
      listRoles: createListRoles(ports),
      createRole: createCreateRole(ports),
      updateRole: createUpdateRole(ports),
      deleteRole: createDeleteRole(ports),
      reorderRoles: createReorderRoles(ports),
      setDefaultJoinRole: createSetDefaultJoinRole(ports),
      assignRole: createAssignRole(ports),
      unassignRole: createUnassignRole({ ...ports, keepAnOwner }),
    }),
    ...overrideRoutes({
      setOverride: createSetChannelOverride(ports),
      setFixedRoleOverride: createSetFixedRoleOverride(ports),
    }),
    ...moderationRoutes({
      setFixedRole: createSetFixedRole(ports),
      moderate: createModerateMember(ports),
      listBans: createListBans(ports),
      leaveGuild: createLeaveGuild({ ...ports, keepAnOwner }),
    }),
  ];
};
