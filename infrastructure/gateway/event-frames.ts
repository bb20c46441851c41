// Domain events as frames of the wire (base contract 4.4). Who hears them is decided in announcements.ts.
import { type Attachment } from '../../application/contract/answers.ts';
import { type RenderedContent } from '../../application/message/message-contents.ts';
import { type MessagePlace } from '../../domain/message/message.ts';
import { unixSeconds } from '../../domain/shared/timestamp.ts';
import { type Frame } from './frame-text.ts';
import { type DataOf } from './data-of.ts';
import { roleAssignmentAddFrame } from './role-frames.ts';
import { accountErasedFrame } from './people-frames.ts';

export { type DataOf };

export const messageCreateFrame = (
  data: DataOf<'MessagePosted'>,
  { content, tokens }: RenderedContent,
  attachments: readonly Attachment[],
): Frame => ({
  t: 'message_create',
  d: {
    attachments,
    author_id: data.authorId,
    channel_id: data.channelId,
    content,
    created_at_unix: unixSeconds(data.at),
    guild_id: data.guildId,
    markdown_tokens: tokens,
    message_id: data.messageId,
    reactions: [],
  },
});

const messagePlace = (data: MessagePlace) => ({
  guild_id: data.guildId,
  channel_id: data.channelId,
  message_id: data.messageId,
});

/** Shown again as it was: to every client a message that it doesn't have. Its reactions follow one by one. */
export const messageRestoreFrame = (
  { postedAt, ...data }: DataOf<'MessageRestored'>,
  text: RenderedContent,
): Frame => messageCreateFrame({ ...data, attachmentIds: [], at: postedAt }, text, []);

export const messageUpdateFrame = (
  data: DataOf<'MessageEdited'>,
  { content, tokens }: RenderedContent,
): Frame => ({
  t: 'message_update',
  d: {
    ...messagePlace(data),
    updated_fields: { content, markdown_tokens: tokens },
    updated_at_unix: unixSeconds(data.at),
  },
});

export const messageDeleteFrame = (data: DataOf<'MessageDeleted'>): Frame => ({
  t: 'message_delete',
  d: { ...messagePlace(data), deleted_at_unix: unixSeconds(data.at) },
});

export const messageReactionFrame = (
  data: Pick<DataOf<'ReactionAdded'>, 'guildId' | 'channelId' | 'messageId' | 'emoji' | 'userId'>,
  operation: 'add' | 'remove',
  count: number,
): Frame => ({
  t: 'message_reaction',
  d: {
    ...messagePlace(data),
    emoji: data.emoji,
    count,
    operation,
    actor_user_id: data.userId,
  },
});

export const channelCreateFrame = (data: DataOf<'ChannelCreated'>): Frame => ({
  t: 'channel_create',
  d: {
    guild_id: data.guildId,
    channel: { channel_id: data.channelId, name: data.name ?? '', kind: data.kind },
  },
});

export const channelDeleteFrame = (data: DataOf<'ChannelRemoved'>): Frame => ({
  t: 'channel_delete',
  d: {
    guild_id: data.guildId,
    channel_id: data.channelId,
    deleted_at_unix: unixSeconds(data.at),
    actor_user_id: data.by,
  },
});

export const guildUpdateFrame = (data: DataOf<'GuildUpdated'>): Frame => ({
  t: 'workspace_update',
  d: {
    guild_id: data.guildId,
    updated_fields: { name: data.name ?? undefined, visibility: data.visibility },
    updated_at_unix: unixSeconds(data.at),
    actor_user_id: data.by,
  },
});

const who = (data: DataOf<'MemberJoined' | 'MemberLeft'>) => ({
  guild_id: data.guildId,
  user_id: data.userId,
  actor_user_id: data.by,
});

export const memberAddFrame = (data: DataOf<'MemberJoined'>): Frame => ({
  t: 'workspace_member_add',
  d: { ...who(data), role: 'member', joined_at_unix: unixSeconds(data.at) },
});

/** A member again, since then; each role is told as if it were given now. */
export const memberRestoreFrames = (data: DataOf<'MemberRestored'>): readonly Frame[] => {
  const told: readonly Frame[] = [
    {
      t: 'workspace_member_add',
      d: { ...who(data), role: 'member', joined_at_unix: unixSeconds(data.joinedAt) },
    },
    ...data.roleIds.map((roleId) => roleAssignmentAddFrame({ ...data, roleId })),
  ];
  return told.map((frame, index) =>
    index < told.length - 1 ? { ...frame, isPartial: true } : frame,
  );
};

/** What the others, and first the person, hear of a removal; a ban is told before the removal it brings. */
export const memberRemovalFrames = (
  data: DataOf<'MemberLeft' | 'MemberKicked' | 'MemberBanned'>,
  reason: 'leave' | 'kick' | 'ban',
): readonly Frame[] => {
  const at = unixSeconds(data.at);
  const removal = {
    t: 'workspace_member_remove',
    d: { ...who(data), reason, removed_at_unix: at },
  };
  if ('erased' in data)
    return [{ ...removal, isPartial: true }, accountErasedFrame(data.userId, data.at)];
  return reason === 'ban'
    ? [
        {
          t: 'workspace_member_ban',
          d: { ...who(data), banned_at_unix: at },
          isPartial: true,
        },
        removal,
      ]
    : [removal];
};

export const memberUpdateFrame = (data: DataOf<'MemberFixedRoleSet'>): Frame => ({
  t: 'workspace_member_update',
  d: { ...who(data), updated_fields: { role: data.role }, updated_at_unix: unixSeconds(data.at) },
});

export const memberUnbanFrame = (data: DataOf<'MemberUnbanned'>): Frame => ({
  t: 'workspace_member_unban',
  d: { ...who(data), unbanned_at_unix: unixSeconds(data.at) },
});

/** Says until when and never why: a reason is for those who moderate. */
export const memberTimeoutFrame = (
  data: DataOf<'MemberTimedOut' | 'MemberTimeoutLifted'>,
): Frame => ({
  t: 'workspace_member_timeout_update',
  d: {
    ...who(data),
    timed_out_until_unix: 'until' in data ? unixSeconds(data.until) : null,
    updated_at_unix: unixSeconds(data.at),
  },
});
