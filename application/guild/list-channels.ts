import { isLeft, right, type Either } from 'fp-ts/lib/Either.js';
import { type GuildId, type UserId } from '../../domain/shared/ids.ts';
import { type GuildAccess } from '../access/guild-access.ts';
import { type Channel } from '../contract/answers.ts';
import { type Failure } from '../failure.ts';
import { channelAnswer } from './guild-answers.ts';

const CHANNELS_SHOWN_MAX = 500; // An existing client takes no longer list.

/** The channels somebody may see, oldest first. */
export const createListChannels =
  ({ access }: { readonly access: GuildAccess }) =>
  async (
    by: UserId,
    guildId: GuildId,
  ): Promise<Either<Failure, { readonly channels: readonly Channel[] }>> => {
    const visible = await access.visibleChannels(by, guildId);
    if (isLeft(visible)) return visible;
    const guild = await access.guild(guildId);
    const channels = visible.right
      .slice(0, CHANNELS_SHOWN_MAX)
      .flatMap((channelId) => guild?.channels.get(channelId) ?? []);
    return right({ channels: channels.map(channelAnswer) });
  };
