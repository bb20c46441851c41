// Gateway frames (base contract section 4): `{ v: 1, t, d }` both ways.
import * as t from 'io-ts';
import { ChannelId, GuildId, MessageId, UserId } from '../../domain/shared/ids.ts';
import { FixedRole, Visibility } from '../../domain/guild/events.ts';
import { Channel, Message } from './answers.ts';
import { closed } from './closed.ts';
import { actor, frame, GATEWAY_VERSION, optional } from './frame.ts';
import { MarkdownToken } from './markdown.ts';
import { PEOPLE_FRAMES } from './people-frames.ts';
import { RESUME_FRAMES } from './resume-frames.ts';
import { ROLE_FRAMES } from './role-frames.ts';

const where = { guild_id: GuildId, channel_id: ChannelId };

/** With what a later resume must present, for those who asked for places. */
export const ReadyFrame = frame(
  'ready',
  optional({ user_id: UserId }, { installation_id: t.string, position: t.string }),
);
export const SubscribedFrame = frame('subscribed', t.strict(where));
/**
 * An addition of ours: the socket no longer hears this channel, because a change of overrides or roles took the permission
 * away. Whoever leaves the guild altogether hears of that by workspace_member_remove instead.
 */
export const UnsubscribedFrame = frame('unsubscribed', t.strict(where));
export const PresenceSyncFrame = frame(
  'presence_sync',
  t.strict({ guild_id: GuildId, user_ids: t.readonlyArray(UserId) }),
);
export const PresenceUpdateFrame = frame(
  'presence_update',
  t.strict({
    guild_id: GuildId,
    user_id: UserId,
    status: t.union([t.literal('online'), t.literal('offline')]),
  }),
);
export const MessageCreateFrame = frame('message_create', Message);
export const MessageUpdateFrame = frame(
  'message_update',
  t.strict({
    ...where,
    message_id: MessageId,
    updated_fields: t.strict({
      content: t.string,
      markdown_tokens: t.readonlyArray(MarkdownToken),
    }),
    updated_at_unix: t.Int,
  }),
);
export const MessageDeleteFrame = frame(
  'message_delete',
  t.strict({ ...where, message_id: MessageId, deleted_at_unix: t.Int }),
);
export const MessageReactionFrame = frame(
  'message_reaction',
  t.strict({
    ...where,
    message_id: MessageId,
    emoji: t.string,
    count: t.Int,
    operation: t.union([t.literal('add'), t.literal('remove')]),
    actor_user_id: UserId,
  }),
);
export const ChannelCreateFrame = frame(
  'channel_create',
  t.strict({ guild_id: GuildId, channel: Channel }),
);
/** An addition of ours: a channel was undone, with everything in it. */
export const ChannelDeleteFrame = frame(
  'channel_delete',
  optional({ ...where, deleted_at_unix: t.Int }, actor),
);
export const VoiceParticipantSyncFrame = frame(
  'voice_participant_sync',
  t.strict({ ...where, participants: t.readonlyArray(t.UnknownRecord), synced_at_unix: t.Int }),
);
export const WorkspaceUpdateFrame = frame(
  'workspace_update',
  optional(
    {
      guild_id: GuildId,
      updated_fields: t.exact(t.partial({ name: t.string, visibility: Visibility })),
      updated_at_unix: t.Int,
    },
    actor,
  ),
);
export const WorkspaceMemberAddFrame = frame(
  'workspace_member_add',
  optional(
    { guild_id: GuildId, user_id: UserId, role: t.literal('member'), joined_at_unix: t.Int },
    actor,
  ),
);
export const WorkspaceMemberUpdateFrame = frame(
  'workspace_member_update',
  optional(
    {
      guild_id: GuildId,
      user_id: UserId,
      updated_fields: t.strict({ role: FixedRole }),
      updated_at_unix: t.Int,
    },
    actor,
  ),
);
export const WorkspaceMemberRemoveFrame = frame(
  'workspace_member_remove',
  optional(
    {
      guild_id: GuildId,
      user_id: UserId,
      reason: t.union([t.literal('kick'), t.literal('ban'), t.literal('leave')]),
      removed_at_unix: t.Int,
    },
    actor,
  ),
);
export const WorkspaceMemberBanFrame = frame(
  'workspace_member_ban',
  optional({ guild_id: GuildId, user_id: UserId, banned_at_unix: t.Int }, actor),
);
/** Additions of ours. The person who is unbanned is outside and hears nothing. */
export const WorkspaceMemberUnbanFrame = frame(
  'workspace_member_unban',
  optional({ guild_id: GuildId, user_id: UserId, unbanned_at_unix: t.Int }, actor),
);
/** Until when a member may only look on; null when that was ended before. When its time is up, no frame says so. */
export const WorkspaceMemberTimeoutUpdateFrame = frame(
  'workspace_member_timeout_update',
  optional(
    {
      guild_id: GuildId,
      user_id: UserId,
      timed_out_until_unix: t.union([t.Int, t.null]),
      updated_at_unix: t.Int,
    },
    actor,
  ),
);

export const WorkspaceIpBanSyncFrame = frame(
  'workspace_ip_ban_sync',
  optional(
    {
      guild_id: GuildId,
      summary: t.strict({
        action: t.union([t.literal('upsert'), t.literal('remove')]),
        changed_count: t.Int,
      }),
      updated_at_unix: t.Int,
    },
    actor,
  ),
);

/**
 * An addition of ours, only ever sent to the socket whose message_create failed and only when that frame carried a
 * nonce (a client of the base contract sends none, and is disconnected as it expects).
 */
export const CommandFailedFrame = frame(
  'command_failed',
  t.strict({ nonce: t.string, error: t.string }),
);
export const CommandDoneFrame = frame(
  'command_done',
  t.strict({ nonce: t.string, message: Message }),
);

export const ServerFrame = t.union([
  ReadyFrame,
  SubscribedFrame,
  UnsubscribedFrame,
  PresenceSyncFrame,
  PresenceUpdateFrame,
  MessageCreateFrame,
  MessageUpdateFrame,
  MessageDeleteFrame,
  MessageReactionFrame,
  ChannelCreateFrame,
  VoiceParticipantSyncFrame,
  WorkspaceUpdateFrame,
  WorkspaceMemberAddFrame,
  WorkspaceMemberUpdateFrame,
  WorkspaceMemberRemoveFrame,
  WorkspaceMemberBanFrame,
  WorkspaceIpBanSyncFrame,
  ...PEOPLE_FRAMES,
  WorkspaceMemberUnbanFrame,
  WorkspaceMemberTimeoutUpdateFrame,
  ...ROLE_FRAMES,
  ChannelDeleteFrame,
  CommandFailedFrame,
  CommandDoneFrame,
  ...RESUME_FRAMES,
]);
export type ServerFrame = t.TypeOf<typeof ServerFrame>;

/** Envelope of what a client sends: exactly these keys. */
export const ClientEnvelope = closed(
  { v: t.literal(GATEWAY_VERSION), t: t.string, d: t.unknown },
  {},
);
export const SubscribeData = closed(where, {});
export const MessageCreateData = closed(
  { ...where, content: t.string },
  { attachment_ids: t.readonlyArray(t.string), nonce: t.string },
);
