import { isLeft, left, right, type Either } from 'fp-ts/lib/Either.js';
import type * as t from 'io-ts';
import { type Account } from '../../domain/account/decider.ts';
import { type UserId } from '../../domain/shared/ids.ts';
import { type Profile, type UserLookup } from '../contract/answers.ts';
import { INVALID, NOT_FOUND, type Failure } from '../failure.ts';
import { tokenize } from '../markdown/tokenize.ts';
import { type OpenAbout } from './about-texts.ts';
import { type AccountReader } from './account-reader.ts';
import { type Accounts } from './accounts.ts';

const LOOKUP_MAX = 64;

type ProfilePorts = {
  readonly reader: AccountReader;
  readonly openAbout: OpenAbout;
  readonly accounts: Pick<Accounts, 'account'>;
};

type Shown = {
  readonly userId: UserId;
  readonly username: string;
  readonly about: string;
  readonly avatarVersion: number;
  readonly bannerVersion: number;
};

const profileAnswer = ({
  userId,
  username,
  about,
  ...versions
}: Shown): t.OutputOf<typeof Profile> => ({
  user_id: userId,
  username,
  about_markdown: about,
  about_markdown_tokens: tokenize(about),
  avatar_version: versions.avatarVersion,
  banner_version: versions.bannerVersion,
});

/** The profile of an account as commands know it; NotFound when it was never made, or erased. */
export const profileOfAccount = (account: Account): Either<Failure, t.OutputOf<typeof Profile>> => {
  if (account === null || account.username === null) return left(NOT_FOUND);
  const { userId, username, aboutMarkdown, pictures } = account;
  return right(
    profileAnswer({
      userId,
      username,
      about: aboutMarkdown ?? '',
      avatarVersion: pictures.avatar?.version ?? 0,
      bannerVersion: pictures.banner?.version ?? 0,
    }),
  );
};

/** One person's public profile; NotFound for an unknown or erased account. */
export const getProfile =
  ({ reader, openAbout, accounts }: ProfilePorts) =>
  async (userId: UserId): Promise<Either<Failure, t.OutputOf<typeof Profile>>> => {
    const found = await reader.byId(userId);
    // The read model may not have come to an account that was registered a moment ago.
    if (found === null) return profileOfAccount((await accounts.account(userId)).state);
    const about = found.about === null ? '' : await openAbout(found.about);
    return right(profileAnswer({ ...found, about }));
  };
export type GetProfile = ReturnType<typeof getProfile>;

/** Names of up to 64 people, in the order asked, each once; unknown ones are left out. */
export const lookupUsers =
  ({ reader }: Pick<ProfilePorts, 'reader'>) =>
  async (
    userIds: readonly Either<unknown, UserId>[],
  ): Promise<Either<Failure, t.OutputOf<typeof UserLookup>>> => {
    if (userIds.length === 0 || userIds.length > LOOKUP_MAX) return left(INVALID);
    const valid = new Set<UserId>();
    for (const userId of userIds) {
      if (isLeft(userId)) return left(INVALID);
      valid.add(userId.right);
    }
    const found = await reader.lookup([...valid]);
    return right({
      users: found.map(({ userId, username, avatarVersion }) => ({
        user_id: userId,
        username,
        avatar_version: avatarVersion,
      })),
    });
  };
export type LookupUsers = ReturnType<typeof lookupUsers>;
