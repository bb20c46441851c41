import { type GuildId, type UserId } from '../../domain/shared/ids.ts';
import { type Member } from '../contract/answers.ts';

export type MemberReader = {
  /** Members by user id ascending, strictly after `after`, at most `limit`; each `role_ids` sorted, the `member` role included. */
  readonly page: (request: {
    readonly guildId: GuildId;
    readonly after: UserId | null;
    readonly limit: number;
  }) => Promise<readonly Member[]>;
};
