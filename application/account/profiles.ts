import { isLeft, left, right, type Either } from 'fp-ts/lib/Either.js';
import type * as t from 'io-ts';
import { type UserId } from '../../domain/shared/ids.ts';
import { type Profile, type UserLookup } from '../contract/answers.ts';
import { INVALID, NOT_FOUND, type Failure } from '../failure.ts';
import { type AccountReader } from './account-reader.ts';
import { type Accounts } from './accounts.ts';

const LOOKUP_MAX = 64;

type ProfilePorts = {
  readonly reader: AccountReader;
  readonly accounts: Pick<Accounts, 'account'>;
};

/** One person's public profile; NotFound for an unknown or erased account. */
export const getProfile =
  ({ reader, accounts }: ProfilePorts) =>
  async (userId: UserId): Promise<Either<Failure, t.OutputOf<typeof Profile>>> => {
    // The read model may not have come to an account that was registered a moment ago.
    const found = (await reader.byId(userId)) ?? (await accounts.account(userId));
    if (found === null || found.username === null) return left(NOT_FOUND);
    return right({
      user_id: userId,
      username: found.username,
      about_markdown: '',
      about_markdown_tokens: [],
      avatar_version: 0,
      banner_version: 0,
    });
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
      users: found.map(({ userId, username }) => ({
        user_id: userId,
        username,
        avatar_version: 0,
      })),
    });
  };
export type LookupUsers = ReturnType<typeof lookupUsers>;
