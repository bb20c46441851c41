import { type GuildId, type IpBanId, type UserId } from '../../domain/shared/ids.ts';
import { type Timestamp } from '../../domain/shared/timestamp.ts';
import { type TimeCursor } from '../time-cursor.ts';

export type IpBanRow = {
  readonly banId: IpBanId;
  readonly sourceUserId: UserId;
  readonly reason: string | null; // Null also once it is erased
  readonly createdUnix: number;
  readonly expiresUnix: number | null;
};

export type IpBanReader = {
  /** Bans in force, newest first, strictly after the cursor, at most `limit`. */
  readonly page: (request: {
    readonly guildId: GuildId;
    readonly after: TimeCursor | null;
    readonly now: Timestamp;
    readonly limit: number;
  }) => Promise<readonly IpBanRow[]>;
  /** Every guild with bans, ended ones included. */
  readonly guilds: () => Promise<readonly GuildId[]>;
};
