import { isLeft, left, right, type Either } from 'fp-ts/lib/Either.js';
import * as t from 'io-ts';
import { creatorSlots, CREATOR_SLOT_EVENTS } from '../../domain/guild/creator-slots.ts';
import { type Visibility } from '../../domain/guild/events.ts';
import { GuildName } from '../../domain/guild/names.ts';
import { GuildId } from '../../domain/shared/ids.ts';
import { createUncachedStreams } from '../access/folded-streams.ts';
import { type Asking, type GuildCommandPorts } from '../command-ports.ts';
import { type Guild } from '../contract/answers.ts';
import { type EventStore } from '../event-store/event-store.ts';
import { INVALID, type Failure } from '../failure.ts';
import { readResult, reserve } from '../idempotency.ts';
import { type Done, type NewId } from '../ports.ts';
import { createGuildFounding } from './found-guild.ts';

export type CreateGuild = (
  request: Asking & { readonly name: string; readonly visibility: Visibility },
) => Promise<Either<Failure, Done<Guild>>>;

const Result = t.strict({ guildId: GuildId });
const LIMIT_REACHED: Failure = { type: 'Refused', code: 'guild_creation_limit_reached' };

export const createCreateGuild = ({
  store,
  newId,
  ...ports
}: GuildCommandPorts & {
  readonly store: Pick<EventStore, 'load'>;
  readonly newId: NewId;
}): CreateGuild => {
  const { execute, clock, limits } = ports;
  const slots = createUncachedStreams({
    store,
    folding: { decider: creatorSlots, kinds: CREATOR_SLOT_EVENTS },
  });
  const founding = createGuildFounding({ ...ports, newId });

  return async ({ by, name, visibility, idempotencyKey, context }) => {
    if (!GuildName.is(name)) return left(INVALID);
    const at = clock.now();
    const freshId = newId<'Guild'>();
    const idempotency = reserve({
      by,
      operation: 'create_guild',
      key: idempotencyKey,
      content: [name, visibility],
      result: { guildId: freshId },
      at,
      idempotencySecs: limits.idempotencySecs,
    });
    const slot = await execute({
      decider: creatorSlots,
      states: slots,
      stream: `creator-${by}`,
      prepare: async (taken) =>
        right({
          userId: by,
          guildId: freshId,
          at,
          slotsMax: limits.guildsCreatedPerUserMax,
          request: idempotency?.keyHash.toString('hex') ?? null,
          repeatableMs: limits.idempotencySecs * 1000,
          abandoned: await founding.abandoned(taken, { creatorId: by, context }),
        }),
      refuse: () => LIMIT_REACHED,
      context,
      idempotency,
    });
    if (isLeft(slot)) return slot;
    const { type, position } = slot.right;
    const guildId =
      type === 'AlreadyDone' ? readResult(Result, slot.right.result).guildId : freshId;
    const founded = await founding.found({ guildId, creatorId: by, name, visibility, context });
    if (isLeft(founded)) return founded;
    // A repeat has the very name and visibility of the first request, or its key would have been refused.
    const answer = { guild_id: guildId, name, visibility };
    return right({ answer, position: founded.right ?? position });
  };
};
