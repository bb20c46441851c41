import { type UserId } from '../../domain/shared/ids.ts';

/** Those of these people whose profile changes a person hears of: themselves, friends, and people of the same guilds. */
export type KnownTo = (
  readerId: UserId,
  userIds: readonly UserId[],
) => Promise<ReadonlySet<UserId>>;
