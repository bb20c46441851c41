import { type GuildId } from '../shared/ids.ts';

/** The key scope that names of a guild's structure are sealed under. */
export const guildScope = ({ guildId }: { readonly guildId: GuildId }): string =>
  `guild:${guildId}`;
