import { type UserId } from '../../domain/shared/ids.ts';
import { type Timestamp } from '../../domain/shared/timestamp.ts';
import { type SealedAbout } from './about-texts.ts';

export type AccountSummary = {
  readonly userId: UserId;
  readonly username: string; // As last typed
  readonly registeredAt: Timestamp;
};

export type AccountDetails = AccountSummary & {
  readonly about: SealedAbout | null; // Null: nothing was ever said
};

export type AccountReader = {
  readonly byId: (userId: UserId) => Promise<AccountDetails | null>;
  /** In the order asked; unknown ids are left out. */
  readonly lookup: (userIds: readonly UserId[]) => Promise<readonly AccountSummary[]>;
};
