// Who may act on which role and on whom (base contract 5.3.5 and 5.3.6, its defects 4, 5, 9 and 10 fixed).
import { type Role } from '../guild/role.ts';
import { hasPermission, without, type Permissions } from './permissions.ts';
import { type Resolved } from './resolve.ts';

/** Someone about to change a guild: what the guild resolves for them. */
export type Actor = { readonly resolved: Resolved; readonly isServerOwner: boolean };

export type RoleAction = 'edit' | 'delete' | 'reorder' | 'make-default';

type RankedRole = Pick<Role, 'systemKey' | 'isSystem' | 'position'>;

const RANKS = { owner: 3, moderator: 2, member: 1 } as const;

const isOwner = ({ resolved }: Actor): boolean => resolved.role === 'owner';

const standsBelow = (role: RankedRole, actor: Actor): boolean =>
  isOwner(actor) || role.position < actor.resolved.highestPosition;

/**
 * Whether someone may change a role. System roles are the server owner's to edit, and nobody's to delete, reorder or
 * make the default; nobody may delete the other seeded roles either, which would strip every member of the guild.
 */
export const mayManageRole = (actor: Actor, role: RankedRole, action: RoleAction): boolean => {
  if (!hasPermission(actor.resolved.permissions, 'manage_workspace_roles')) return false;
  if (role.isSystem) return action === 'edit' && actor.isServerOwner;
  if (action === 'delete' && role.systemKey !== null) return false;
  return standsBelow(role, actor);
};

/**
 * Whether someone may put a role at a position, a new one or one being moved: a role moved to where they stand or above
 * would lift whoever holds it. What it may hold is for `mayChangePermissions` to say.
 */
export const mayPlaceRoleAt = (actor: Actor, position: number): boolean =>
  hasPermission(actor.resolved.permissions, 'manage_workspace_roles') &&
  (isOwner(actor) || position < actor.resolved.highestPosition);

/**
 * Whether someone may hand out permissions: only those they hold themselves, or anyone who may edit roles or overrides
 * could lift themselves to anything. Owners hold all.
 */
export const mayGrant = ({ resolved }: Actor, permissions: Permissions): boolean =>
  without(permissions, resolved.permissions) === 0;

/**
 * Whether someone may change a set of permissions into another one: a role's, or what an override allows or denies.
 * What stays as it was needs no right, so a form that sends the whole set back isn't refused for its untouched part.
 */
export const mayChangePermissions = (actor: Actor, from: Permissions, to: Permissions): boolean =>
  mayGrant(actor, without(to, from)) && mayGrant(actor, without(from, to));

/** Whether someone may have a role given to everybody who joins, which is handing out what it holds. */
export const mayMakeDefault = (
  actor: Actor,
  role: RankedRole & Pick<Role, 'permissions'>,
): boolean => mayManageRole(actor, role, 'make-default') && mayGrant(actor, role.permissions);

const mayMoveRole = (actor: Actor, role: RankedRole): boolean => {
  if (!hasPermission(actor.resolved.permissions, 'manage_member_roles')) return false;
  if (role.systemKey === 'everyone') return false; // Everyone has it, always.
  if (role.systemKey === 'workspace_owner') return actor.isServerOwner;
  return standsBelow(role, actor);
};

/** Whether someone may give a role to a member (themselves included): never one that holds more than they do. */
export const mayAssignRole = (
  actor: Actor,
  role: RankedRole & Pick<Role, 'permissions'>,
): boolean => mayMoveRole(actor, role) && mayGrant(actor, role.permissions);

/** Whether someone may take a role from a member. */
export const mayUnassignRole = (actor: Actor, role: RankedRole): boolean =>
  mayMoveRole(actor, role);

/**
 * Whether an actor stands above a target. The fixed ranks decide, as an existing client expects; among plain members,
 * all of one rank, the higher position does, or a custom role with `ban_member` would have no effect.
 */
export const outranks = (actor: Resolved, target: Resolved): boolean =>
  RANKS[actor.role] > RANKS[target.role] ||
  (actor.role === 'member' &&
    target.role === 'member' &&
    actor.highestPosition > target.highestPosition);

/**
 * Whether someone may kick or ban a person: with `ban_member` from whichever role, and above them. The target is null
 * for somebody outside the guild (who can be banned beforehand); the server owner, member or not, is to be resolved.
 */
export const mayModerate = ({ resolved }: Actor, target: Resolved | null): boolean =>
  hasPermission(resolved.permissions, 'ban_member') &&
  (target === null || (target.role !== 'owner' && outranks(resolved, target)));

/** Whether someone may set a member's fixed role: below their own both before and after, and never `owner`. */
export const mayChangeFixedRole = (
  { resolved }: Actor,
  from: Resolved['role'],
  to: Resolved['role'],
): boolean =>
  (hasPermission(resolved.permissions, 'manage_roles') ||
    hasPermission(resolved.permissions, 'manage_member_roles')) &&
  from !== 'owner' &&
  to !== 'owner' &&
  RANKS[resolved.role] > RANKS[from] &&
  RANKS[resolved.role] > RANKS[to];
