import { isLeft, left, right, type Either } from 'fp-ts/lib/Either.js';
import { guildDecider } from '../../domain/guild/decider.ts';
import { mayManageRole } from '../../domain/permission/hierarchy.ts';
import { guildStream } from '../access/create-guild-access.ts';
import { accepted, type Accepted } from '../accepted.ts';
import { type Asking, type GuildCommandPorts } from '../command-ports.ts';
import { type EventStore } from '../event-store/event-store.ts';
import { type Done } from '../ports.ts';
import { FORBIDDEN, type Failure } from '../failure.ts';
import { holdsWhatChannels } from './channel-grants.ts';
import { refuseRole, requireRole, type OnRole } from './role-command.ts';

export type DeleteRole = (request: Asking & OnRole) => Promise<Either<Failure, Done<Accepted>>>;

/**
 * Deletes a role. A repeat is known without a reservation: the log says who deleted it, so with an idempotency key the same
 * person gets the same answer again, while without one the role is just gone.
 */
export const createDeleteRole = ({
  execute,
  access,
  clock,
  store,
}: GuildCommandPorts & { readonly store: Pick<EventStore, 'load'> }): DeleteRole => {
  const wasDeletedBy = async ({ by, guildId, roleId }: Parameters<DeleteRole>[0]) =>
    (await store.load(guildStream(guildId))).some(
      (event) =>
        event.type === 'RoleDeleted' && event.data.roleId === roleId && event.data.by === by,
    );

  return async (request) => {
    const { by, guildId, roleId, idempotencyKey, context } = request;
    const deleted = await execute({
      decider: guildDecider,
      states: access.states.guilds,
      stream: guildStream(guildId),
      prepare: async (guild) => {
        const found = await requireRole(access, by, guild, { guildId, roleId });
        if (isLeft(found)) return found;
        const { actor, role } = found.right;
        if (!guild || !mayManageRole(actor, role, 'delete')) return left(FORBIDDEN);
        if (!(await holdsWhatChannels('deny', access, { by, guild, roleId })))
          return left(FORBIDDEN);
        return right({
          type: 'DeleteRole' as const,
          data: { guildId, roleId, by, at: clock.now() },
        });
      },
      refuse: refuseRole,
      context,
    });
    if (!isLeft(deleted)) return right(accepted(deleted.right));
    const isRepeat =
      deleted.left.type === 'NotFound' && idempotencyKey !== null && (await wasDeletedBy(request));
    return isRepeat ? right(accepted({ position: null })) : deleted;
  };
};
