import { isLeft, left, map, right, type Either } from 'fp-ts/lib/Either.js';
import { guildDecider, type GuildRejection } from '../../domain/guild/decider.ts';
import { mayMakeDefault } from '../../domain/permission/hierarchy.ts';
import { type GuildId, type RoleId } from '../../domain/shared/ids.ts';
import { guildStream } from '../access/create-guild-access.ts';
import { accepted, type Accepted } from '../accepted.ts';
import { type Asking, type GuildCommandPorts } from '../command-ports.ts';
import { FORBIDDEN, INVALID, type Failure } from '../failure.ts';
import { type Done } from '../ports.ts';
import { holdsWhatChannels } from './channel-grants.ts';
import { refuseRole } from './role-command.ts';

/** Setting it twice is setting it once, so it needs no idempotency key. */
export type SetDefaultJoinRole = (
  request: Omit<Asking, 'idempotencyKey'> & {
    readonly guildId: GuildId;
    readonly roleId: RoleId | null;
  },
) => Promise<Either<Failure, Done<Accepted>>>;

const refuse = (rejection: GuildRejection): Failure =>
  rejection.type === 'NoSuchRole' ? INVALID : refuseRole(rejection);

/** Which role people get when they join from now on; null for none. */
export const createSetDefaultJoinRole =
  ({ execute, access, clock }: GuildCommandPorts): SetDefaultJoinRole =>
  async ({ by, guildId, roleId, context }) => {
    const set = await execute({
      decider: guildDecider,
      states: access.states.guilds,
      stream: guildStream(guildId),
      prepare: async (guild) => {
        const actor = await access.requireActor(by, guildId, 'manage_workspace_roles');
        if (isLeft(actor)) return actor;
        if (roleId !== null) {
          const role = guild?.roles.get(roleId);
          if (!guild || role === undefined) return left(INVALID);
          const may =
            mayMakeDefault(actor.right, role) &&
            (await holdsWhatChannels('allow', access, { by, guild, roleId }));
          if (!may) return left(FORBIDDEN);
        }
        const data = { guildId, roleId, by, at: clock.now() };
        return right({ type: 'SetDefaultJoinRole' as const, data });
      },
      refuse,
      context,
    });
    return map(accepted)(set);
  };
