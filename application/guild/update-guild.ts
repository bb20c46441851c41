import { isLeft, left, right, type Either } from 'fp-ts/lib/Either.js';
import { guildDecider } from '../../domain/guild/decider.ts';
import { type Visibility } from '../../domain/guild/events.ts';
import { GuildName } from '../../domain/guild/names.ts';
import { type GuildId } from '../../domain/shared/ids.ts';
import { guildStream } from '../access/create-guild-access.ts';
import { type Asking, type GuildCommandPorts } from '../command-ports.ts';
import { type Guild } from '../contract/answers.ts';
import { INVALID, NOT_FOUND, type Failure } from '../failure.ts';
import { reserve } from '../idempotency.ts';
import { type Done } from '../ports.ts';
import { guildAnswer } from './guild-answers.ts';

export type UpdateGuild = (
  request: Asking & {
    readonly guildId: GuildId;
    readonly name?: string | undefined;
    readonly visibility?: Visibility | undefined;
  },
) => Promise<Either<Failure, Done<Guild>>>;

export const createUpdateGuild =
  ({ execute, access, clock, limits }: GuildCommandPorts): UpdateGuild =>
  async ({ by, guildId, name, visibility, idempotencyKey, context }) => {
    const at = clock.now();
    const updated = await execute({
      decider: guildDecider,
      states: access.states.guilds,
      stream: guildStream(guildId),
      prepare: async () => {
        const allowed = await access.requireInGuild(by, guildId, 'manage_roles');
        if (isLeft(allowed)) return allowed;
        // After the permission: somebody outside learns nothing of what would be valid.
        if (name === undefined ? visibility === undefined : !GuildName.is(name))
          return left(INVALID);
        return right({ type: 'UpdateGuild' as const, data: { guildId, by, at, name, visibility } });
      },
      refuse: () => NOT_FOUND,
      context,
      idempotency: reserve({
        by,
        operation: 'update_guild',
        key: idempotencyKey,
        content: [guildId, name, visibility],
        result: {},
        at,
        idempotencySecs: limits.idempotencySecs,
      }),
    });
    if (isLeft(updated)) return updated;
    const { position } = updated.right;
    const guild =
      updated.right.type === 'Executed' ? updated.right.state : await access.guild(guildId);
    if (guild === null) return left(NOT_FOUND);
    return right({ answer: guildAnswer(guild), position });
  };
