import { isLeft, left, right, type Either } from 'fp-ts/lib/Either.js';
import * as t from 'io-ts';
import { guildDecider } from '../../domain/guild/decider.ts';
import { colorHexOf, roleNameOf } from '../../domain/guild/role-texts.ts';
import { mayGrant, mayPlaceRoleAt } from '../../domain/permission/hierarchy.ts';
import { permissionsOf, type PermissionName } from '../../domain/permission/permissions.ts';
import { RoleId, type GuildId } from '../../domain/shared/ids.ts';
import { guildStream } from '../access/create-guild-access.ts';
import { type Asking, type GuildCommandPorts } from '../command-ports.ts';
import { type Role } from '../contract/answers.ts';
import { FORBIDDEN, INVALID, type Failure } from '../failure.ts';
import { readResult, reserve } from '../idempotency.ts';
import { type Done, type NewId } from '../ports.ts';
import { refuseRole } from './role-command.ts';

export type CreateRole = (
  request: Asking & {
    readonly guildId: GuildId;
    readonly name: string;
    readonly permissions: readonly PermissionName[];
    readonly position: t.Int | undefined; // Just below the own highest one unless said
    readonly colorHex: string | undefined;
  },
) => Promise<Either<Failure, Done<Role>>>;

// The position is not known to a repeat, which may come when the asker stands elsewhere.
const Result = t.strict({ roleId: RoleId, position: t.string });

export const createCreateRole =
  ({
    execute,
    access,
    clock,
    limits,
    newId,
  }: GuildCommandPorts & { readonly newId: NewId }): CreateRole =>
  async ({ by, guildId, permissions, position: wanted, idempotencyKey, context, ...texts }) => {
    const name = roleNameOf(texts.name);
    const colorHex = texts.colorHex === undefined ? null : colorHexOf(texts.colorHex);
    if (name === null || (texts.colorHex !== undefined && colorHex === null)) return left(INVALID);
    const actor = await access.requireActor(by, guildId, 'manage_workspace_roles');
    if (isLeft(actor)) return actor;
    const position = wanted ?? Math.max(actor.right.resolved.highestPosition - 1, 1);
    const at = clock.now();
    const freshId = newId<'Role'>();
    const created = await execute({
      decider: guildDecider,
      states: access.states.guilds,
      stream: guildStream(guildId),
      prepare: async () => {
        const now = await access.requireActor(by, guildId, 'manage_workspace_roles');
        if (isLeft(now)) return now;
        const may =
          mayPlaceRoleAt(now.right, position) && mayGrant(now.right, permissionsOf(permissions));
        if (!may) return left(FORBIDDEN);
        const data = { guildId, roleId: freshId, name, position, permissions, colorHex, by, at };
        return right({ type: 'CreateRole' as const, data });
      },
      refuse: refuseRole,
      context,
      idempotency: reserve({
        by,
        operation: 'create_role',
        key: idempotencyKey,
        content: [guildId, name, permissions, wanted ?? null, colorHex],
        result: { roleId: freshId, position: String(position) },
        at,
        idempotencySecs: limits.idempotencySecs,
      }),
    });
    if (isLeft(created)) return created;
    const done = created.right;
    const made =
      done.type === 'AlreadyDone' ? readResult(Result, done.result) : { roleId: freshId, position };
    // Permissions as they were sent, repeated ones included, as an existing client knows the answer.
    const answer = {
      role_id: made.roleId,
      name,
      position: Number(made.position) as t.Int,
      is_system: false,
      permissions,
      color_hex: colorHex,
    };
    return right({ answer, position: done.position });
  };
