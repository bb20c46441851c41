// The one place where frames become state: each says which store it speaks to. No other code writes shared state from
// the gateway, and a new frame type fails to compile here until somebody decides what it means.
import { type ServerFrame } from '../../../../application/contract/gateway-frames.ts';
import { type Channels } from '../channel/channels.svelte.ts';
import { type Conversations } from '../conversation/conversations.svelte.ts';
import { type Reads } from '../conversation/reads.svelte.ts';
import { type Guilds } from '../guild/guilds.svelte.ts';
import { type Members } from '../member/members.svelte.ts';
import { type People } from '../member/people.svelte.ts';
import { type Presence } from '../member/presence.svelte.ts';
import { type Outbox } from '../outbox/outbox.svelte.ts';
import { type Search } from '../search/search.svelte.ts';

export type Stores = {
  readonly self: string;
  readonly guilds: Guilds;
  readonly channels: Channels;
  readonly members: Members;
  readonly people: People;
  readonly presence: Presence;
  readonly conversations: Conversations;
  readonly outbox: Outbox;
  readonly reads: Reads;
  readonly search: Search;
  readonly onChannelCreated: (guildId: string) => void;
  readonly onOwnAccessChanged: (guildId: string) => void;
};

type FrameOf<T extends ServerFrame['t']> = Extract<ServerFrame, { t: T }>;

const applyMessage = ({ d: message }: FrameOf<'message_create'>, stores: Stores) => {
  stores.outbox.recognise(message);
  const conversation = stores.conversations.find(message.channel_id);
  if (conversation !== null) conversation.apply(message);
  else if (message.author_id !== stores.self)
    stores.reads.add(message.guild_id, message.channel_id);
};

const applyChange = (
  frame: FrameOf<'message_update' | 'message_delete' | 'message_reaction'>,
  stores: Stores,
) => {
  const conversation = stores.conversations.find(frame.d.channel_id);
  if (frame.t === 'message_update') conversation?.edit(frame.d.message_id, frame.d.updated_fields);
  else if (frame.t === 'message_delete') {
    conversation?.remove(frame.d.message_id);
    stores.search.remove(frame.d.message_id);
  } else conversation?.react(frame.d);
};

/** Open conversations are read anew; of the others only how much is new. */
const applySummary = ({ d }: FrameOf<'missed_summary'>, { conversations, reads }: Stores) => {
  for (const { guild_id, channel_id, unread_count } of d.channels)
    if (unread_count > 0 && conversations.find(channel_id) === null)
      reads.add(guild_id, channel_id, unread_count);
};

/** An erased account's memberships and messages go by frames of their own; what is left is the name. */
const applyRemoval = (
  frame: FrameOf<'workspace_member_remove' | 'account_erased'>,
  stores: Stores,
) => {
  if (frame.t === 'account_erased') {
    stores.people.forget(frame.d.user_id);
    return;
  }
  const { guild_id: guildId, user_id: userId } = frame.d;
  stores.members.remove(guildId, userId);
  if (userId === stores.self) stores.guilds.forget(guildId);
};

/** Applies one frame. Repeats are harmless: every branch says how things are, not what to change. */
export const applyFrame = (frame: ServerFrame, stores: Stores): void => {
  switch (frame.t) {
    case 'subscribed':
      return void stores.conversations.find(frame.d.channel_id)?.refill();
    case 'presence_sync':
      return void stores.presence.sync(frame.d.guild_id, frame.d.user_ids);
    case 'presence_update':
      stores.presence.update(frame.d.guild_id, frame.d.user_id, frame.d.status === 'online');
      return;
    case 'missed_summary':
      applySummary(frame, stores);
      return;
    case 'message_create':
      applyMessage(frame, stores);
      return;
    case 'message_update':
    case 'message_delete':
    case 'message_reaction':
      applyChange(frame, stores);
      return;
    case 'channel_create':
      stores.channels.add(frame.d.guild_id, frame.d.channel);
      stores.onChannelCreated(frame.d.guild_id);
      return;
    case 'workspace_update':
      stores.guilds.rename(frame.d.guild_id, frame.d.updated_fields);
      return;
    case 'workspace_member_add':
      stores.members.add(frame.d.guild_id, frame.d.user_id);
      return;
    case 'workspace_member_remove':
    case 'account_erased':
      applyRemoval(frame, stores);
      return;
    case 'workspace_member_update':
    case 'workspace_member_timeout_update':
    case 'workspace_role_assignment_add':
    case 'workspace_role_assignment_remove':
      if (frame.d.user_id === stores.self) stores.onOwnAccessChanged(frame.d.guild_id);
      return;
    case 'unsubscribed':
    case 'channel_delete':
    case 'workspace_role_update':
    case 'workspace_role_delete':
    case 'workspace_channel_role_override_update':
    case 'workspace_channel_permission_override_update':
      stores.onOwnAccessChanged(frame.d.guild_id);
      return;
    case 'workspace_member_unban': // They have to join again first.
    case 'workspace_role_create': // Nobody holds it yet.
    case 'workspace_role_reorder':
    case 'workspace_member_ban': // The removal that follows says it all.
    case 'voice_participant_sync': // Voice is not shown yet.
    case 'workspace_ip_ban_sync': // Bans of addresses are not shown.
    case 'friend_request_create': // Nor are friends, nor changes of a profile.
    case 'friend_request_update':
    case 'friend_request_delete':
    case 'friend_remove':
    case 'profile_update':
    case 'profile_avatar_update':
    case 'profile_banner_update':
    case 'command_failed': // Messages are sent over HTTP, whose answer says more.
    case 'command_done':
    case 'ready': // What a connection is told of itself is followed by resumption.ts.
    case 'resumed':
    case 'resume_refused':
      return;
  }
};
