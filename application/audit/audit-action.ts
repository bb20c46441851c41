/** What a guild's audit list can tell (base contract 5.12); from member.unban on they are additions of ours. */
export const AUDIT_ACTIONS = [
  'directory.join.accepted',
  'directory.join.rejected.visibility',
  'directory.join.rejected.user_ban',
  'directory.join.rejected.ip_ban',
  'moderation.ip_ban.add',
  'moderation.ip_ban.remove',
  'moderation.ip_ban.hit',
  'member.kick',
  'member.ban',
  'member.role.update',
  'role.create',
  'role.update',
  'role.permissions.update',
  'role.color.update',
  'role.delete',
  'role.reorder',
  'role.assign',
  'role.unassign',
  'role.default_join.update',
  'channel.override.update',
  'channel.permission_override.update',
  'message.edit.moderation',
  'message.delete.moderation',
  'media.token.issue',
  'permissions.unknown_bits.masked',
  'member.unban',
  'member.timeout.add',
  'member.timeout.remove',
  'guild.undo.start',
  'guild.undo.finish',
  'role.restore',
  'channel.remove',
  'member.restore',
  'message.restore',
] as const;

export type AuditAction = (typeof AUDIT_ACTIONS)[number];

/** Whether the act met a ban of an address. */
export const isIpBanMatch = (action: string): boolean =>
  action === 'directory.join.rejected.ip_ban' || action === 'moderation.ip_ban.hit';
