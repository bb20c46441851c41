import { type UserId } from '../../domain/shared/ids.ts';
import { type Guild } from '../contract/answers.ts';
import { type GuildReader } from './guild-reader.ts';

/** The guilds somebody belongs to, newest first. */
export const createListGuilds =
  ({ guilds }: { readonly guilds: GuildReader }) =>
  async (userId: UserId): Promise<{ readonly guilds: readonly Guild[] }> => ({
    guilds: await guilds.guildsOf(userId),
  });
