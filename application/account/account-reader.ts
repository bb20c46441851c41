import { type PictureKind } from '../../domain/account/events.ts';
import { type PictureId, type UserId } from '../../domain/shared/ids.ts';
import { type Timestamp } from '../../domain/shared/timestamp.ts';
import { type SealedAbout } from './about-texts.ts';

export type AccountSummary = {
  readonly userId: UserId;
  readonly username: string; // As last typed
  readonly registeredAt: Timestamp;
  readonly avatarVersion: number; // 0: none
  readonly bannerVersion: number;
};

export type AccountDetails = AccountSummary & {
  readonly about: SealedAbout | null; // Null: nothing was ever said
};

/** A picture as it is stored. */
export type StoredPicture = {
  readonly pictureId: PictureId;
  readonly mimeType: string;
  readonly sizeBytes: number;
  readonly sha256Hex: string;
};

export type AccountReader = {
  readonly byId: (userId: UserId) => Promise<AccountDetails | null>;
  /** Null: no such person, erased, or without such a picture. */
  readonly picture: (userId: UserId, kind: PictureKind) => Promise<StoredPicture | null>;
  /** Those of these pictures that somebody still shows. */
  readonly shown: (pictureIds: readonly PictureId[]) => Promise<ReadonlySet<PictureId>>;
  /** In the order asked; unknown ids are left out. */
  readonly lookup: (userIds: readonly UserId[]) => Promise<readonly AccountSummary[]>;
};
