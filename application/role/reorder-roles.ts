import { isLeft, left, map, right, type Either } from 'fp-ts/lib/Either.js';
import { guildDecider, type GuildRejection } from '../../domain/guild/decider.ts';
import { ROLES_PER_GUILD_MAX } from '../../domain/guild/role-decisions.ts';
import { mayManageRole, mayPlaceRoleAt } from '../../domain/permission/hierarchy.ts';
import { type GuildId, type RoleId } from '../../domain/shared/ids.ts';
import { guildStream } from '../access/create-guild-access.ts';
import { accepted, type Accepted } from '../accepted.ts';
import { type Asking, type GuildCommandPorts } from '../command-ports.ts';
import { FORBIDDEN, INVALID, type Failure } from '../failure.ts';
import { type Done } from '../ports.ts';
import { refuseRole } from './role-command.ts';

/** Ordering twice alike is ordering once, so it needs no idempotency key. */
export type ReorderRoles = (
  request: Omit<Asking, 'idempotencyKey'> & {
    readonly guildId: GuildId;
    readonly roleIds: readonly RoleId[]; // Highest first
  },
) => Promise<Either<Failure, Done<Accepted>>>;

const refuse = (rejection: GuildRejection): Failure =>
  rejection.type === 'NoSuchRole' ? INVALID : refuseRole(rejection);

export const createReorderRoles =
  ({ execute, access, clock }: GuildCommandPorts): ReorderRoles =>
  async ({ by, guildId, roleIds, context }) => {
    if (roleIds.length === 0 || roleIds.length > ROLES_PER_GUILD_MAX) return left(INVALID);
    if (new Set(roleIds).size < roleIds.length) return left(INVALID);
    const reordered = await execute({
      decider: guildDecider,
      states: access.states.guilds,
      stream: guildStream(guildId),
      prepare: async (guild) => {
        const actor = await access.requireActor(by, guildId, 'manage_workspace_roles');
        if (isLeft(actor)) return actor;
        const listed = roleIds.flatMap((roleId) => guild?.roles.get(roleId) ?? []);
        if (listed.length < roleIds.length) return left(INVALID);
        const may =
          listed.every((role) => mayManageRole(actor.right, role, 'reorder')) &&
          mayPlaceRoleAt(actor.right, roleIds.length);
        if (!may) return left(FORBIDDEN);
        return right({
          type: 'ReorderRoles' as const,
          data: { guildId, roleIds, by, at: clock.now() },
        });
      },
      refuse,
      context,
    });
    return map(accepted)(reordered);
  };
