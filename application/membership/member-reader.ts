import { type GuildId, type RoleId, type UserId } from '../../domain/shared/ids.ts';
import { type Timestamp } from '../../domain/shared/timestamp.ts';
import { type Member } from '../contract/answers.ts';

/** Where a ban stands among those of its guild. */
export type BanPlace = { readonly bannedAt: Timestamp; readonly userId: UserId };
export type KnownBan = BanPlace & {
  readonly bannedBy: UserId;
  readonly reason: string | null; // Null: none was given, or it is erased
};

export type MemberReader = {
  /** Members by user id ascending, strictly after `after`, at most `limit`; each `role_ids` sorted, the `member` role included. */
  readonly page: (request: {
    readonly guildId: GuildId;
    readonly after: UserId | null;
    readonly limit: number;
    readonly at: Timestamp; // Timeouts that are over by then are not shown
  }) => Promise<readonly Member[]>;
  /** Members a role was given to, at most `limit`. */
  readonly holders: (request: {
    readonly guildId: GuildId;
    readonly roleId: RoleId;
    readonly limit: number;
  }) => Promise<readonly UserId[]>;
  /** Who is banned, newest first, strictly older than `before`, at most `limit`. */
  readonly bans: (request: {
    readonly guildId: GuildId;
    readonly before: BanPlace | null;
    readonly limit: number;
  }) => Promise<readonly KnownBan[]>;
};
