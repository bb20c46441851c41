import { type GuildId, type UserId } from '../../domain/shared/ids.ts';

/** The guilds somebody is a member of, for who hears of them; at most `limit`, in order of id. */
export type GuildsOfPerson = (userId: UserId, limit: number) => Promise<readonly GuildId[]>;
