// Shapes of what the server answers over HTTP (base contract section 3). Clients decode with these very codecs.
import * as t from 'io-ts';
import { PermissionName } from '../../domain/permission/permissions.ts';
import { ChannelKind, FixedRole, Visibility } from '../../domain/guild/events.ts';
import {
  AttachmentId,
  ChannelId,
  GuildId,
  MessageId,
  RoleId,
  UserId,
} from '../../domain/shared/ids.ts';
import { MarkdownToken } from './markdown.ts';

export const Accepted = t.strict({ accepted: t.literal(true) });

export const Tokens = t.strict({
  access_token: t.string,
  refresh_token: t.string,
  expires_in_secs: t.Int,
});
export type Tokens = t.TypeOf<typeof Tokens>;

export const Profile = t.strict({
  user_id: UserId,
  username: t.string,
  about_markdown: t.string,
  about_markdown_tokens: t.readonlyArray(MarkdownToken),
  avatar_version: t.Int,
  banner_version: t.Int,
});
export type Profile = t.TypeOf<typeof Profile>;

export const UserSummary = t.strict({ user_id: UserId, username: t.string, avatar_version: t.Int });
export type UserSummary = t.TypeOf<typeof UserSummary>;
export const UserLookup = t.strict({ users: t.readonlyArray(UserSummary) });

export const Guild = t.strict({ guild_id: GuildId, name: t.string, visibility: Visibility });
export type Guild = t.TypeOf<typeof Guild>;
export const GuildList = t.strict({ guilds: t.readonlyArray(Guild) });

export const JoinAnswer = t.strict({
  guild_id: GuildId,
  outcome: t.union([t.literal('accepted'), t.literal('already_member')]),
});

export const Channel = t.strict({ channel_id: ChannelId, name: t.string, kind: ChannelKind });
export type Channel = t.TypeOf<typeof Channel>;
export const ChannelList = t.strict({ channels: t.readonlyArray(Channel) });

// An addition of ours: until when somebody may only look on; absent when they are not timed out.
const timeout = { timed_out_until_unix: t.Int };

export const OwnPermissions = t.exact(
  t.intersection([
    t.type({ role: FixedRole, permissions: t.readonlyArray(PermissionName) }),
    t.partial(timeout),
  ]),
);
export type OwnPermissions = t.TypeOf<typeof OwnPermissions>;

export const Role = t.strict({
  role_id: RoleId,
  name: t.string,
  position: t.Int,
  is_system: t.boolean,
  permissions: t.readonlyArray(PermissionName),
  color_hex: t.union([t.string, t.null]),
});
export type Role = t.TypeOf<typeof Role>;
export const RoleList = t.strict({
  roles: t.readonlyArray(Role),
  default_join_role_id: t.union([RoleId, t.null]),
});
export type RoleList = t.TypeOf<typeof RoleList>;

export const Member = t.exact(
  t.intersection([
    t.type({ user_id: UserId, role_ids: t.readonlyArray(RoleId) }),
    t.partial(timeout),
  ]),
);
export type Member = t.TypeOf<typeof Member>;
export const MemberPage = t.strict({
  members: t.readonlyArray(Member),
  next_cursor: t.union([UserId, t.null]),
});

export const Attachment = t.strict({
  attachment_id: AttachmentId,
  guild_id: GuildId,
  channel_id: ChannelId,
  owner_id: UserId,
  filename: t.string,
  mime_type: t.string,
  size_bytes: t.Int,
  sha256_hex: t.string,
});
export type Attachment = t.TypeOf<typeof Attachment>;

// `reactor_user_ids` is absent when empty, never `[]`.
export const Reaction = t.exact(
  t.intersection([
    t.type({ emoji: t.string, count: t.Int, reacted_by_me: t.boolean }),
    t.partial({ reactor_user_ids: t.readonlyArray(UserId) }),
  ]),
);
export type Reaction = t.TypeOf<typeof Reaction>;

export const Message = t.strict({
  message_id: MessageId,
  guild_id: GuildId,
  channel_id: ChannelId,
  author_id: UserId,
  content: t.string,
  markdown_tokens: t.readonlyArray(MarkdownToken),
  attachments: t.readonlyArray(Attachment),
  reactions: t.readonlyArray(Reaction),
  created_at_unix: t.Int,
});
export type Message = t.TypeOf<typeof Message>;
export const MessagePage = t.strict({
  messages: t.readonlyArray(Message),
  next_before: t.union([MessageId, t.null]),
});

export const SearchAnswer = t.exact(
  t.intersection([
    t.type({ message_ids: t.readonlyArray(MessageId), messages: t.readonlyArray(Message) }),
    t.partial({
      complete_to: t.string, // The log position up to which every message was looked at
      partial: t.boolean, // The time was up: there may be more, or better ones
    }),
  ]),
);
/** What mending the index of a guild came to. */
export const ReconcileAnswer = t.strict({
  upserted: t.Int,
  deleted: t.Int,
  remaining: t.Int, // An addition of ours: differences left for the next call
});

/** What a client needs to know before signing in; an addition of ours at GET /client-config. */
export const ClientConfig = t.strict({
  gateway_url: t.union([t.string, t.null]), // Null: use /gateway/ws of this origin
  message_bytes_max: t.Int,
  captcha_site_key: t.union([t.string, t.null]),
});
export type ClientConfig = t.TypeOf<typeof ClientConfig>;

export const ErrorBody = t.type({ error: t.string });
