// Events about people and friends as frames of the wire (base contract 4.4), seen from who receives them.
import { type DomainEvent } from '../../application/event-store/event-catalogue.ts';
import { tokenize } from '../../application/markdown/tokenize.ts';
import { type UserId } from '../../domain/shared/ids.ts';
import { type Timestamp, unixSeconds } from '../../domain/shared/timestamp.ts';
import { type Frame } from './frame-text.ts';

type DataOf<Type extends DomainEvent['type']> = (DomainEvent & { readonly type: Type })['data'];

export const profileUpdateFrame = (
  { userId, username, at }: DataOf<'ProfileUpdated'>,
  about: string | undefined,
): Frame => ({
  t: 'profile_update',
  d: {
    user_id: userId,
    updated_fields: {
      username: username ?? undefined,
      about_markdown: about,
      about_markdown_tokens: about === undefined ? undefined : tokenize(about),
    },
    updated_at_unix: unixSeconds(at),
  },
});

export const profilePictureFrame = ({
  userId,
  kind,
  version,
  at,
}: DataOf<'ProfilePictureChanged'>): Frame => ({
  t: `profile_${kind}_update`,
  d: { user_id: userId, [`${kind}_version`]: version, updated_at_unix: unixSeconds(at) },
});

export const friendRequestCreateFrame = (
  { requestId, senderId, recipientId, at }: DataOf<'FriendRequested'>,
  names: ReadonlyMap<UserId, string>,
): Frame => ({
  t: 'friend_request_create',
  d: {
    request_id: requestId,
    sender_user_id: senderId,
    sender_username: names.get(senderId) ?? '',
    recipient_user_id: recipientId,
    recipient_username: names.get(recipientId) ?? '',
    created_at_unix: unixSeconds(at),
  },
});

export const friendRequestUpdateFrame = (
  { requestId, senderId, recipientId, at }: DataOf<'FriendRequestAccepted'>,
  receiver: UserId,
  names: ReadonlyMap<UserId, string>,
): Frame => {
  const friend = receiver === senderId ? recipientId : senderId;
  return {
    t: 'friend_request_update',
    d: {
      request_id: requestId,
      state: 'accepted',
      user_id: receiver,
      friend_user_id: friend,
      friend_username: names.get(friend) ?? '',
      friendship_created_at_unix: unixSeconds(at),
      updated_at_unix: unixSeconds(at),
      actor_user_id: recipientId, // Only they can accept.
    },
  };
};

export const friendRequestDeleteFrame = ({
  requestId,
  by,
  at,
}: DataOf<'FriendRequestDeleted'>): Frame => ({
  t: 'friend_request_delete',
  d: { request_id: requestId, deleted_at_unix: unixSeconds(at), actor_user_id: by },
});

export const accountErasedFrame = (userId: UserId, at: Timestamp): Frame => ({
  t: 'account_erased',
  d: { user_id: userId, erased_at_unix: unixSeconds(at) },
});

const friendRemoveFrame = (
  { by, friendId, at }: DataOf<'FriendRemoved'>,
  receiver: UserId,
): Frame => ({
  t: 'friend_remove',
  d: {
    user_id: receiver,
    friend_user_id: receiver === by ? friendId : by,
    removed_at_unix: unixSeconds(at),
    actor_user_id: by,
  },
});

/** That two are no friends any more, and to the other one why, where the account of who ended it was erased. */
export const friendRemoveFrames = (
  data: DataOf<'FriendRemoved'>,
  receiver: UserId,
): readonly Frame[] => {
  const removal = friendRemoveFrame(data, receiver);
  return data.erased === true && receiver !== data.by
    ? [{ ...removal, isPartial: true }, accountErasedFrame(data.by, data.at)]
    : [removal];
};
