import { type UserId } from '../../domain/shared/ids.ts';
import { type Guild } from '../contract/answers.ts';

export type GuildReader = {
  /** Guilds this person is a member of, newest first, at most 200. */
  readonly guildsOf: (userId: UserId) => Promise<readonly Guild[]>;
  /** Public guilds whose name contains `q` (case-insensitive, no wildcards), newest first. */
  readonly publicGuilds: (request: {
    readonly q: string;
    readonly limit: number;
  }) => Promise<readonly Guild[]>;
};
