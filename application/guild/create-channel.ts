import { isLeft, left, right, type Either } from 'fp-ts/lib/Either.js';
import * as t from 'io-ts';
import { guildDecider, type GuildRejection } from '../../domain/guild/decider.ts';
import { type ChannelKind } from '../../domain/guild/events.ts';
import { ChannelName } from '../../domain/guild/names.ts';
import { ChannelId, type GuildId } from '../../domain/shared/ids.ts';
import { guildStream } from '../access/create-guild-access.ts';
import { type Asking, type GuildCommandPorts } from '../command-ports.ts';
import { type Channel } from '../contract/answers.ts';
import { INVALID, NOT_FOUND, type Failure } from '../failure.ts';
import { readResult, reserve } from '../idempotency.ts';
import { type Done, type NewId } from '../ports.ts';

export type CreateChannel = (
  request: Asking & {
    readonly guildId: GuildId;
    readonly name: string;
    readonly kind: ChannelKind;
  },
) => Promise<Either<Failure, Done<Channel>>>;

const Result = t.strict({ channelId: ChannelId });

const refuse = ({ type }: GuildRejection): Failure =>
  type === 'TooManyChannels' ? { type: 'QuotaExceeded' } : NOT_FOUND;

export const createCreateChannel =
  ({
    execute,
    access,
    clock,
    limits,
    newId,
  }: GuildCommandPorts & { readonly newId: NewId }): CreateChannel =>
  async ({ by, guildId, name, kind, idempotencyKey, context }) => {
    if (!ChannelName.is(name)) return left(INVALID);
    const at = clock.now();
    const freshId = newId<'Channel'>();
    const created = await execute({
      decider: guildDecider,
      states: access.states.guilds,
      stream: guildStream(guildId),
      prepare: async () => {
        const allowed = await access.requireInGuild(by, guildId, 'manage_channel_overrides');
        if (isLeft(allowed)) return allowed;
        const channelsMax = limits.channelsPerGuildMax;
        const data = { guildId, channelId: freshId, name, kind, by, at, channelsMax };
        return right({ type: 'CreateChannel' as const, data });
      },
      refuse,
      context,
      idempotency: reserve({
        by,
        operation: 'create_channel',
        key: idempotencyKey,
        content: [guildId, name, kind],
        result: { channelId: freshId },
        at,
        idempotencySecs: limits.idempotencySecs,
      }),
    });
    if (isLeft(created)) return created;
    const { type, position } = created.right;
    const channelId =
      type === 'AlreadyDone' ? readResult(Result, created.right.result).channelId : freshId;
    // A repeat has the very name and kind of the first request, or its key would have been refused.
    return right({ answer: { channel_id: channelId, name, kind }, position });
  };
