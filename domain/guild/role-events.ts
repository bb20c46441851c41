// What happens to roles after they were made. Who holds which role is in domain/membership.
import * as t from 'io-ts';
import { PermissionName } from '../permission/permissions.ts';
import { eventKind } from '../shared/event-kind.ts';
import { GuildId, RoleId, UserId } from '../shared/ids.ts';
import { Sealed } from '../shared/sealed.ts';
import { Timestamp } from '../shared/timestamp.ts';
import { guildScope } from './guild-scope.ts';
import { SystemKey } from './system-key.ts';

const act = { guildId: GuildId, by: UserId, at: Timestamp };

// A field that did not change is absent; a colour that was taken away is null.
export const RoleUpdated = eventKind(
  'RoleUpdated',
  1,
  t.exact(
    t.intersection([
      t.type({ ...act, roleId: RoleId }),
      t.partial({
        name: Sealed,
        permissions: t.readonlyArray(PermissionName),
        colorHex: t.union([t.string, t.null]),
      }),
    ]),
  ),
  { name: guildScope },
);

/** Takes the role's channel overrides with it, and is no longer the default role if it was. */
export const RoleDeleted = eventKind('RoleDeleted', 1, t.strict({ ...act, roleId: RoleId }));

/** Highest first: the first of n roles gets position n, the last 1; roles not listed keep theirs. */
export const RolesReordered = eventKind(
  'RolesReordered',
  1,
  t.strict({ ...act, roleIds: t.readonlyArray(RoleId) }),
);

/** The role that people get when they join from now on; null for none. */
export const DefaultJoinRoleSet = eventKind(
  'DefaultJoinRoleSet',
  1,
  t.strict({ ...act, roleId: t.union([RoleId, t.null]) }),
);

/**
 * The role is as it was before, whether it was deleted or changed since; what channels say of it is not part of this.
 * Those who held it when it was deleted hold it again.
 */
export const RoleRestored = eventKind(
  'RoleRestored',
  1,
  t.strict({
    ...act,
    roleId: RoleId,
    name: Sealed,
    position: t.Int,
    permissions: t.readonlyArray(PermissionName),
    systemKey: SystemKey,
    isSystem: t.boolean,
    colorHex: t.union([t.string, t.null]),
    createdAt: Timestamp,
  }),
  { name: guildScope },
);

export const ROLE_EVENTS = [
  RoleUpdated,
  RoleDeleted,
  RolesReordered,
  DefaultJoinRoleSet,
  RoleRestored,
] as const;
