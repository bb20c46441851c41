import { isLeft, left, right, type Either } from 'fp-ts/lib/Either.js';
import { guildDecider } from '../../domain/guild/decider.ts';
import { colorHexOf, roleNameOf } from '../../domain/guild/role-texts.ts';
import { mayChangePermissions, mayManageRole } from '../../domain/permission/hierarchy.ts';
import { permissionsOf, type PermissionName } from '../../domain/permission/permissions.ts';
import { guildStream } from '../access/create-guild-access.ts';
import { type Asking, type GuildCommandPorts } from '../command-ports.ts';
import { type Role } from '../contract/answers.ts';
import { FORBIDDEN, INVALID, NOT_FOUND, type Failure } from '../failure.ts';
import { roleAnswer } from '../guild/guild-answers.ts';
import { reserve } from '../idempotency.ts';
import { type Done } from '../ports.ts';
import { refuseRole, requireRole, type OnRole } from './role-command.ts';

type Change = {
  readonly name?: string | undefined;
  readonly permissions?: readonly PermissionName[] | undefined;
  readonly colorHex?: string | null | undefined; // Null takes the colour away
};

export type UpdateRole = (
  request: Asking & OnRole & Change,
) => Promise<Either<Failure, Done<Role>>>;

/** The change with its texts as they are stored; null when one can't be. */
const checked = ({ permissions, ...texts }: Change): Change | null => {
  const name = texts.name === undefined ? undefined : roleNameOf(texts.name);
  const colorHex = typeof texts.colorHex === 'string' ? colorHexOf(texts.colorHex) : texts.colorHex;
  const isEmpty = name === undefined && permissions === undefined && colorHex === undefined;
  if (isEmpty || name === null) return null;
  if (colorHex === null && texts.colorHex !== null) return null;
  return { name, permissions, colorHex };
};

export const createUpdateRole =
  ({ execute, access, clock, limits }: GuildCommandPorts): UpdateRole =>
  async ({ by, guildId, roleId, idempotencyKey, context, ...wanted }) => {
    const change = checked(wanted);
    if (change === null) return left(INVALID);
    const at = clock.now();
    const updated = await execute({
      decider: guildDecider,
      states: access.states.guilds,
      stream: guildStream(guildId),
      prepare: async (guild) => {
        const found = await requireRole(access, by, guild, { guildId, roleId });
        if (isLeft(found)) return found;
        const { actor, role } = found.right;
        const permissions =
          change.permissions === undefined ? role.permissions : permissionsOf(change.permissions);
        if (!mayManageRole(actor, role, 'edit')) return left(FORBIDDEN);
        if (!mayChangePermissions(actor, role.permissions, permissions)) return left(FORBIDDEN);
        return right({ type: 'UpdateRole' as const, data: { guildId, roleId, ...change, by, at } });
      },
      refuse: refuseRole,
      context,
      idempotency: reserve({
        by,
        operation: 'update_role',
        key: idempotencyKey,
        content: [guildId, roleId, change.name, change.permissions, change.colorHex],
        result: {},
        at,
        idempotencySecs: limits.idempotencySecs,
      }),
    });
    if (isLeft(updated)) return updated;
    const done = updated.right;
    const guild = done.type === 'Executed' ? done.state : await access.guild(guildId);
    const role = guild?.roles.get(roleId);
    if (role === undefined) return left(NOT_FOUND); // Deleted since the first request.
    return right({ answer: roleAnswer(role), position: done.position });
  };
