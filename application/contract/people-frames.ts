// Gateway frames about people and their friends (base contract 4.4), sent to all sockets of those they concern.
import * as t from 'io-ts';
import { FriendRequestId, UserId } from '../../domain/shared/ids.ts';
import { FriendRequest } from './friend-answers.ts';
import { actor, frame, optional } from './frame.ts';
import { MarkdownToken } from './markdown.ts';

export const ProfileUpdateFrame = frame(
  'profile_update',
  t.strict({
    user_id: UserId,
    updated_fields: t.exact(
      t.partial({
        username: t.string,
        about_markdown: t.string,
        about_markdown_tokens: t.readonlyArray(MarkdownToken),
      }),
    ),
    updated_at_unix: t.Int,
  }),
);
export const ProfileAvatarUpdateFrame = frame(
  'profile_avatar_update',
  t.strict({ user_id: UserId, avatar_version: t.Int, updated_at_unix: t.Int }),
);
export const ProfileBannerUpdateFrame = frame(
  'profile_banner_update',
  t.strict({ user_id: UserId, banner_version: t.Int, updated_at_unix: t.Int }),
);
export const FriendRequestCreateFrame = frame('friend_request_create', FriendRequest);
export const FriendRequestUpdateFrame = frame(
  'friend_request_update',
  optional(
    {
      request_id: FriendRequestId,
      state: t.literal('accepted'),
      user_id: UserId,
      friend_user_id: UserId,
      friend_username: t.string,
      friendship_created_at_unix: t.Int,
      updated_at_unix: t.Int,
    },
    actor,
  ),
);
export const FriendRequestDeleteFrame = frame(
  'friend_request_delete',
  optional({ request_id: FriendRequestId, deleted_at_unix: t.Int }, actor),
);
export const FriendRemoveFrame = frame(
  'friend_remove',
  optional({ user_id: UserId, friend_user_id: UserId, removed_at_unix: t.Int }, actor),
);

/** What was known of this person is gone: their name, profile and pictures. */
export const AccountErasedFrame = frame(
  'account_erased',
  t.strict({ user_id: UserId, erased_at_unix: t.Int }),
);

/** One after the other in the union of all frames that a server sends. */
export const PEOPLE_FRAMES = [
  ProfileUpdateFrame,
  ProfileAvatarUpdateFrame,
  ProfileBannerUpdateFrame,
  FriendRequestCreateFrame,
  FriendRequestUpdateFrame,
  FriendRequestDeleteFrame,
  FriendRemoveFrame,
  AccountErasedFrame,
] as const;
