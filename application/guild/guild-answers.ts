import { permissionNames } from '../../domain/permission/permissions.ts';
import { type Channel, type Guild } from '../../domain/guild/guild.ts';
import { type Role } from '../../domain/guild/role.ts';
import type * as t from 'io-ts';
import type * as answers from '../contract/answers.ts';

// An erased name is shown as none: the shape on the wire has no other word for it.
const shown = (name: string | null): string => name ?? '';

export const guildAnswer = ({ guildId, name, visibility }: Guild): answers.Guild => ({
  guild_id: guildId,
  name: shown(name),
  visibility,
});

export const channelAnswer = ({ channelId, name, kind }: Channel): answers.Channel => ({
  channel_id: channelId,
  name: shown(name),
  kind,
});

export const roleAnswer = (role: Role): answers.Role => ({
  role_id: role.roleId,
  name: shown(role.name),
  position: role.position as t.Int,
  is_system: role.isSystem,
  permissions: permissionNames(role.permissions),
  color_hex: role.colorHex,
});
