// Which events are audit facts, and what is said of them. One event can be several: a role renamed and recoloured at once.
// Adding one is adding a case: the list of a guild and `filament audit replay` both go by this.
import { type DomainEvent } from '../event-store/event-catalogue.ts';
import { type AuditDetails } from '../contract/moderation-answers.ts';
import { type GuildId, type UserId } from '../../domain/shared/ids.ts';
import { OPERATOR_ID } from '../../domain/shared/operator.ts';
import { type AuditAction } from './audit-action.ts';

export type AuditEntry = {
  readonly guildId: GuildId;
  readonly actorId: UserId;
  readonly targetId: UserId | null;
  readonly action: AuditAction;
  readonly details: AuditDetails;
};

/** The types of event that can be audit facts. */
export const AUDITED_TYPES = [
  'DirectoryJoinDecided',
  'IpBansAdded',
  'IpBanLifted',
  'IpBanHit',
  'MemberKicked',
  'MemberBanned',
  'MemberUnbanned',
  'MemberFixedRoleSet',
  'MemberTimedOut',
  'MemberTimeoutLifted',
  'MemberRoleAssigned',
  'MemberRoleUnassigned',
  'RoleCreated',
  'RoleUpdated',
  'RoleDeleted',
  'RolesReordered',
  'DefaultJoinRoleSet',
  'ChannelOverrideSet',
  'MessageEdited',
  'MessageDeleted',
  'MessageRestored',
  'RoleRestored',
  'ChannelRemoved',
  'MemberRestored',
  'GuildUndoStarted',
  'GuildUndoFinished',
] as const;
export type AuditedType = (typeof AUDITED_TYPES)[number];
export type AuditedEvent = Extract<DomainEvent, { readonly type: AuditedType }>;
type Of<Type extends AuditedType> = Extract<AuditedEvent, { readonly type: Type }>;

const JOIN_ACTIONS = {
  accepted: 'directory.join.accepted',
  already_member: 'directory.join.accepted',
  rejected_visibility: 'directory.join.rejected.visibility',
  rejected_user_ban: 'directory.join.rejected.user_ban',
  rejected_ip_ban: 'directory.join.rejected.ip_ban',
} as const satisfies Readonly<Record<string, AuditAction>>;

type MemberEvent = Extract<AuditedEvent, { readonly type: `Member${string}` }>;

const MEMBER_ACTIONS: { readonly [Type in MemberEvent['type']]: AuditAction } = {
  MemberKicked: 'member.kick',
  MemberBanned: 'member.ban',
  MemberUnbanned: 'member.unban',
  MemberFixedRoleSet: 'member.role.update',
  MemberTimedOut: 'member.timeout.add',
  MemberTimeoutLifted: 'member.timeout.remove',
  MemberRestored: 'member.restore',
  MemberRoleAssigned: 'role.assign',
  MemberRoleUnassigned: 'role.unassign',
};

const ofMember = ({ type, data }: MemberEvent): AuditEntry => ({
  guildId: data.guildId,
  actorId: data.by,
  targetId: data.userId,
  action: MEMBER_ACTIONS[type],
  details: 'roleId' in data ? { role_id: data.roleId } : {},
});

type GuildAct =
  | Of<'RoleCreated' | 'RoleUpdated' | 'RoleDeleted' | 'RolesReordered' | 'DefaultJoinRoleSet'>
  | Of<'RoleRestored' | 'ChannelRemoved'>
  | Of<'ChannelOverrideSet' | 'IpBansAdded' | 'IpBanLifted'>;

/** An act on the guild, or, with a target, on what it says of a person. */
const act = (
  { data: { guildId, by } }: GuildAct,
  action: AuditAction,
  details: AuditDetails = {},
  targetId: UserId | null = null,
): AuditEntry => ({ guildId, actorId: by, targetId, action, details });

const ofRoleUpdate = (event: Of<'RoleUpdated'>): readonly AuditEntry[] => {
  const { roleId, name, permissions, colorHex } = event.data;
  const details = { role_id: roleId };
  const entries: AuditEntry[] = [];
  if (name !== undefined) entries.push(act(event, 'role.update', details));
  if (permissions !== undefined) entries.push(act(event, 'role.permissions.update', details));
  if (colorHex !== undefined) entries.push(act(event, 'role.color.update', details));
  return entries;
};

const ofOverride = (event: Of<'ChannelOverrideSet'>): AuditEntry => {
  const { channelId, target, fixedRole } = event.data;
  const action =
    fixedRole === undefined ? 'channel.permission_override.update' : 'channel.override.update';
  return target.kind === 'role'
    ? act(event, action, { channel_id: channelId, role_id: target.roleId })
    : act(event, action, { channel_id: channelId }, target.userId);
};

/** By whoever runs the installation, about whose acts: so it is the target who is named. */
const ofUndo = ({ type, data }: Of<'GuildUndoStarted' | 'GuildUndoFinished'>): AuditEntry => ({
  guildId: data.guildId,
  actorId: OPERATOR_ID,
  targetId: data.actorId,
  action: type === 'GuildUndoStarted' ? 'guild.undo.start' : 'guild.undo.finish',
  details: {},
});

const ofRestoredMessage = ({ data }: Of<'MessageRestored'>): AuditEntry => ({
  guildId: data.guildId,
  actorId: data.by,
  targetId: data.authorId,
  action: 'message.restore',
  details: { channel_id: data.channelId, message_id: data.messageId },
});

const ofMessage = ({ type, data }: Of<'MessageEdited' | 'MessageDeleted'>): AuditEntry[] => {
  const { guildId, channelId, messageId, by, authorId } = data;
  if (authorId === undefined) return []; // Their own affair.
  const action = type === 'MessageEdited' ? 'message.edit.moderation' : 'message.delete.moderation';
  const details = { channel_id: channelId, message_id: messageId };
  return [{ guildId, actorId: by, targetId: authorId, action, details }];
};

const ofVisitor = ({ type, data }: Of<'DirectoryJoinDecided' | 'IpBanHit'>): AuditEntry => ({
  guildId: data.guildId,
  actorId: data.userId,
  targetId: null,
  // Never which ban was hit: it would tell moderators whose address somebody shares.
  action: type === 'IpBanHit' ? 'moderation.ip_ban.hit' : JOIN_ACTIONS[data.outcome],
  details: {},
});

/** The audit facts of an event, in a fixed order; none for what is not audited. */
export const auditEntriesOf = (event: AuditedEvent): readonly AuditEntry[] => {
  switch (event.type) {
    case 'DirectoryJoinDecided':
    case 'IpBanHit':
      return [ofVisitor(event)];
    case 'IpBansAdded': {
      const { banIds, sourceUserId } = event.data;
      return [act(event, 'moderation.ip_ban.add', { ban_ids: banIds }, sourceUserId)];
    }
    case 'IpBanLifted':
      return [act(event, 'moderation.ip_ban.remove', { ban_ids: [event.data.banId] })];
    case 'RoleCreated': // Those every guild is seeded with are part of its making.
      return event.data.systemKey === null
        ? [act(event, 'role.create', { role_id: event.data.roleId })]
        : [];
    case 'RoleUpdated':
      return ofRoleUpdate(event);
    case 'RoleDeleted':
      return [act(event, 'role.delete', { role_id: event.data.roleId })];
    case 'RoleRestored':
      return [act(event, 'role.restore', { role_id: event.data.roleId })];
    case 'ChannelRemoved':
      return [act(event, 'channel.remove', { channel_id: event.data.channelId })];
    case 'GuildUndoStarted':
    case 'GuildUndoFinished':
      return [ofUndo(event)];
    case 'RolesReordered':
      return [act(event, 'role.reorder', { role_ids: event.data.roleIds })];
    case 'DefaultJoinRoleSet': {
      const { roleId } = event.data;
      return [act(event, 'role.default_join.update', roleId === null ? {} : { role_id: roleId })];
    }
    case 'ChannelOverrideSet':
      return [ofOverride(event)];
    case 'MessageEdited':
    case 'MessageDeleted':
      return ofMessage(event);
    case 'MessageRestored':
      return [ofRestoredMessage(event)];
    case 'MemberRoleAssigned':
      return event.data.onJoining === true ? [] : [ofMember(event)];
    case 'MemberKicked':
    case 'MemberBanned':
    case 'MemberUnbanned':
    case 'MemberFixedRoleSet':
    case 'MemberTimedOut':
    case 'MemberTimeoutLifted':
    case 'MemberRoleUnassigned':
    case 'MemberRestored':
      return [ofMember(event)];
  }
};
