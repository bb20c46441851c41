// What the documents say of each frame besides its shape. A frame without an entry does not compile.
import type * as t from 'io-ts';
import { type ServerFrame } from '../../application/contract/gateway-frames.ts';

export type FrameName = t.TypeOf<typeof ServerFrame>['t'];

/** The asking socket; sockets subscribed to the channel; sockets subscribed in the guild; all sockets of the people named. */
export type FrameAudience = 'connection' | 'channel' | 'guild' | 'user';

type FrameNote = {
  readonly to: FrameAudience;
  readonly when: string; // One sentence
  readonly ours?: true; // No frame of the base contract
};

const FRAME_NOTES: Readonly<Record<FrameName, FrameNote>> = {
  ready: { to: 'connection', when: 'The connection is open and known to be yours.' },
  subscribed: { to: 'connection', when: 'A subscribe was accepted.' },
  unsubscribed: {
    to: 'connection',
    when: 'You may no longer hear this channel; nothing more of it follows.',
    ours: true,
  },
  presence_sync: { to: 'connection', when: 'Who is online in the guild, at each subscribe.' },
  presence_update: {
    to: 'guild',
    when: 'A person’s first socket came to the guild, or the last one left.',
  },
  message_create: { to: 'channel', when: 'A message was posted.' },
  message_update: { to: 'channel', when: 'A message’s text was changed.' },
  message_delete: { to: 'channel', when: 'A message was deleted.' },
  message_reaction: {
    to: 'channel',
    when: 'A reaction was added or taken back; again when that is asked for again, then without `s` and never on resuming.',
  },
  channel_create: { to: 'guild', when: 'A channel that you may see was made.' },
  channel_delete: {
    to: 'guild',
    when: 'A channel was undone by the operator.',
    ours: true,
  },
  voice_participant_sync: {
    to: 'connection',
    when: 'Who is in the voice channel, at each subscribe.',
  },
  profile_update: {
    to: 'user',
    when: 'You, a friend or somebody in one of your guilds changed their name or text.',
  },
  profile_avatar_update: {
    to: 'user',
    when: 'You, a friend or somebody in one of your guilds has another avatar.',
  },
  profile_banner_update: {
    to: 'user',
    when: 'You, a friend or somebody in one of your guilds has another banner.',
  },
  friend_request_create: { to: 'user', when: 'You asked somebody to be friends, or were asked.' },
  friend_request_update: { to: 'user', when: 'A request between you and somebody was accepted.' },
  friend_request_delete: {
    to: 'user',
    when: 'A request between you and somebody was declined or withdrawn.',
  },
  account_erased: {
    to: 'user',
    when: 'The account of a friend, or of somebody in a guild of yours, was erased: forget their name and pictures. Once for each guild you shared, and once more for a friend.',
    ours: true,
  },
  friend_remove: { to: 'user', when: 'A friendship of yours was ended, by either of you.' },
  workspace_update: { to: 'guild', when: 'The guild’s name or visibility changed.' },
  workspace_member_add: { to: 'guild', when: 'A person joined or was added.' },
  workspace_member_update: { to: 'guild', when: 'A member’s fixed role changed.' },
  workspace_member_remove: { to: 'guild', when: 'A member left, was kicked or was banned.' },
  workspace_member_ban: { to: 'guild', when: 'A person was banned; the removal follows.' },
  workspace_member_unban: { to: 'guild', when: 'A ban was lifted.', ours: true },
  workspace_member_timeout_update: {
    to: 'guild',
    when: 'A member may only look on until then; null when that was ended before its time.',
    ours: true,
  },
  workspace_role_create: { to: 'guild', when: 'A role was made.' },
  workspace_role_update: { to: 'guild', when: 'A role changed in the fields named.' },
  workspace_role_delete: { to: 'guild', when: 'A role was deleted, with all that hung on it.' },
  workspace_role_reorder: {
    to: 'guild',
    when: 'Roles were ordered, highest first; the first of n has position n, the last 1.',
  },
  workspace_role_assignment_add: { to: 'guild', when: 'A role was given to a member.' },
  workspace_role_assignment_remove: { to: 'guild', when: 'A role was taken from a member.' },
  workspace_channel_role_override_update: {
    to: 'guild',
    when: 'A channel’s override for a seeded role changed, named by its fixed role.',
  },
  workspace_channel_permission_override_update: {
    to: 'guild',
    when: 'A channel’s override for a role or member changed.',
  },
  workspace_ip_ban_sync: { to: 'guild', when: 'Bans of addresses were added or lifted.' },
  resumed: {
    to: 'connection',
    when: 'A resume is done: all that was missed was told, and what follows is live.',
    ours: true,
  },
  resume_refused: {
    to: 'connection',
    when: 'A resume can’t be done; the connection goes on as a fresh one.',
    ours: true,
  },
  missed_summary: {
    to: 'connection',
    when: 'A resume asked for a summary: how far each channel has come.',
    ours: true,
  },
  command_failed: {
    to: 'connection',
    when: 'Your message_create with this nonce was not done.',
    ours: true,
  },
  command_done: {
    to: 'connection',
    when: 'Your message_create with this nonce was done.',
    ours: true,
  },
};

const AUDIENCES: Readonly<Record<FrameAudience, string>> = {
  connection: 'the one connection that it concerns',
  channel: 'connections subscribed to the channel',
  guild: 'connections subscribed to a channel of the guild, so far as they may know of it',
  user: 'all connections of the people concerned',
};

export const frameSummary = (name: FrameName): string => FRAME_NOTES[name].when;
export const frameScope = (name: FrameName): FrameAudience => FRAME_NOTES[name].to;
export const frameAudience = (name: FrameName): string => AUDIENCES[FRAME_NOTES[name].to];
export const frameOrigin = (name: FrameName): 'contract' | 'ours' =>
  FRAME_NOTES[name].ours === true ? 'ours' : 'contract';
