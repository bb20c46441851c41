import { type UserId } from '../../domain/shared/ids.ts';
import { type Timestamp } from '../../domain/shared/timestamp.ts';

export type AccountSummary = {
  readonly userId: UserId;
  readonly username: string; // As first typed
  readonly registeredAt: Timestamp;
};

export type AccountReader = {
  readonly byId: (userId: UserId) => Promise<AccountSummary | null>;
  /** In the order asked; unknown ids are left out. */
  readonly lookup: (userIds: readonly UserId[]) => Promise<readonly AccountSummary[]>;
};
