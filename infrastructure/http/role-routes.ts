import { isLeft, left, map } from 'fp-ts/lib/Either.js';
import * as t from 'io-ts';
import { Accepted, Role, RoleList } from '../../application/contract/answers.ts';
import { closed } from '../../application/contract/closed.ts';
import { INVALID } from '../../application/failure.ts';
import { type createListRoles } from '../../application/guild/list-roles.ts';
import { type ChangeMemberRole } from '../../application/membership/assign-role.ts';
import { type CreateRole } from '../../application/role/create-role.ts';
import { type DeleteRole } from '../../application/role/delete-role.ts';
import { type ReorderRoles } from '../../application/role/reorder-roles.ts';
import { type SetDefaultJoinRole } from '../../application/role/set-default-join-role.ts';
import { type UpdateRole } from '../../application/role/update-role.ts';
import { PermissionName } from '../../domain/permission/permissions.ts';
import { described } from '../../domain/shared/described.ts';
import { CrockfordRoleId, guildId, roleId, userId } from './path-params.ts';
import { route, type Route } from './route.ts';

export type RoleRoutesPorts = {
  readonly listRoles: ReturnType<typeof createListRoles>;
  readonly createRole: CreateRole;
  readonly updateRole: UpdateRole;
  readonly deleteRole: DeleteRole;
  readonly reorderRoles: ReorderRoles;
  readonly setDefaultJoinRole: SetDefaultJoinRole;
  readonly assignRole: ChangeMemberRole;
  readonly unassignRole: ChangeMemberRole;
};

const ROLES = '/guilds/:guildId/roles';
const ROLE = `${ROLES}/:roleId`;
const HOLDER = `${ROLE}/members/:userId`;

const INT32_MAX = 2_147_483_647;
/** A whole number of 32 bits; any other is of the wrong type. */
const isInt32 = (value: unknown): value is t.Int =>
  t.Int.is(value) && value >= -INT32_MAX - 1 && value <= INT32_MAX;
const Int32 = described(
  new t.Type<t.Int, number, unknown>(
    'Int32',
    isInt32,
    (value, context) => (isInt32(value) ? t.success(value) : t.failure(value, context)),
    Number,
  ),
  { type: 'integer', minimum: -INT32_MAX - 1, maximum: INT32_MAX },
);
const permissions = t.readonlyArray(PermissionName);

const whole = (ports: RoleRoutesPorts): readonly Route[] => [
  route({
    method: 'GET',
    url: ROLES,
    auth: 'bearer',
    summary: 'The roles of a guild, highest first.',
    answer: RoleList,
    failures: ['forbidden'],
    params: { guildId },
    handle: async ({ identity, params }) =>
      map((answer) => ({ answer, position: null }))(
        await ports.listRoles(identity.userId, params.guildId),
      ),
  }),
  route({
    method: 'POST',
    url: `${ROLES}/reorder`,
    auth: 'bearer',
    summary: 'Orders roles, highest first; those not listed keep their positions.',
    answer: Accepted,
    failures: ['forbidden'],
    params: { guildId },
    body: closed({ role_ids: t.readonlyArray(t.string) }, {}),
    handle: async ({ identity, params, body, context }) => {
      const roleIds = t.readonlyArray(CrockfordRoleId).decode(body.role_ids);
      if (isLeft(roleIds)) return left(INVALID);
      return ports.reorderRoles({
        by: identity.userId,
        ...params,
        roleIds: roleIds.right,
        context,
      });
    },
  }),
  route({
    method: 'POST',
    url: `${ROLES}/default`,
    auth: 'bearer',
    summary: 'Sets the role that people get when they join; none when it is left out.',
    answer: Accepted,
    failures: ['forbidden'],
    params: { guildId },
    body: closed({}, { role_id: t.string }),
    handle: async ({ identity, params, body, context }) => {
      const role = body.role_id === undefined ? null : CrockfordRoleId.decode(body.role_id);
      if (role !== null && isLeft(role)) return left(INVALID);
      return ports.setDefaultJoinRole({
        by: identity.userId,
        ...params,
        roleId: role?.right ?? null,
        context,
      });
    },
  }),
];

const single = (ports: RoleRoutesPorts): readonly Route[] => [
  route({
    method: 'POST',
    url: ROLES,
    auth: 'bearer',
    summary: 'Makes a role.',
    answer: Role,
    failures: ['forbidden', 'quota_exceeded'],
    params: { guildId },
    body: closed({ name: t.string, permissions }, { position: Int32, color_hex: t.string }),
    handle: ({ identity, params, body, idempotencyKey, context }) =>
      ports.createRole({
        by: identity.userId,
        ...params,
        name: body.name,
        permissions: body.permissions,
        position: body.position,
        colorHex: body.color_hex,
        idempotencyKey,
        context,
      }),
  }),
  route({
    method: 'PATCH',
    url: ROLE,
    auth: 'bearer',
    summary: 'Changes a role; a null colour is taken away.',
    answer: Role,
    failures: ['forbidden', 'not_found'],
    params: { guildId, roleId },
    body: closed({}, { name: t.string, permissions, color_hex: t.union([t.string, t.null]) }),
    handle: ({ identity, params, body, idempotencyKey, context }) =>
      ports.updateRole({
        by: identity.userId,
        ...params,
        name: body.name,
        permissions: body.permissions,
        colorHex: body.color_hex,
        idempotencyKey,
        context,
      }),
  }),
  route({
    method: 'DELETE',
    url: ROLE,
    auth: 'bearer',
    summary: 'Deletes a role.',
    answer: Accepted,
    failures: ['forbidden', 'not_found'],
    params: { guildId, roleId },
    handle: ({ identity, params, idempotencyKey, context }) =>
      ports.deleteRole({ by: identity.userId, ...params, idempotencyKey, context }),
  }),
];

const holders = (ports: RoleRoutesPorts): readonly Route[] => [
  route({
    method: 'POST',
    url: HOLDER,
    auth: 'bearer',
    summary: 'Gives a member a role.',
    answer: Accepted,
    failures: ['forbidden', 'not_found', 'quota_exceeded'],
    params: { guildId, roleId, userId },
    handle: ({ identity, params, context }) =>
      ports.assignRole({ by: identity.userId, ...params, context }),
  }),
  route({
    method: 'DELETE',
    url: HOLDER,
    auth: 'bearer',
    summary: 'Takes a role from a member.',
    answer: Accepted,
    failures: ['forbidden', 'not_found'],
    reads: true, // Who else owns the guild
    params: { guildId, roleId, userId },
    handle: ({ identity, params, context }) =>
      ports.unassignRole({ by: identity.userId, ...params, context }),
  }),
];

/** The roles of a guild and who holds them (base contract 2.7). */
export const roleRoutes = (ports: RoleRoutesPorts): readonly Route[] => [
  ...whole(ports),
  ...single(ports),
  ...holders(ports),
];
