import { type PermissionName, permissionsOf } from '../permission/permissions.ts';
import { specFor } from '../shared/testing/spec-for.ts';
import { channelNo, guildNo, noon, roleNo, userNo } from '../shared/testing/samples.ts';
import { guildDecider, type GuildCommand } from './decider.ts';
import { type GuildEvent } from './events.ts';
import { evolveGuild, type Guild } from './guild.ts';
import { ROLES_PER_GUILD_MAX } from './role-decisions.ts';
import { type Role } from './role.ts';

const { given } = specFor(guildDecider);
const act = { guildId: guildNo(1), by: userNo(1), at: noon };
const founded: GuildEvent = {
  type: 'GuildCreated',
  data: {
    guildId: guildNo(1),
    name: 'Reef',
    visibility: 'private',
    creatorId: userNo(1),
    at: noon,
  },
};
const PERMISSIONS: readonly PermissionName[] = ['delete_message', 'create_message'];
const fields = (number: number) => ({
  roleId: roleNo(number),
  name: `role ${number}`,
  position: 7 as Extract<GuildEvent, { type: 'RoleCreated' }>['data']['position'],
  systemKey: null,
  isSystem: false,
  colorHex: '#A0B1C2',
});
const made = (number: number): GuildEvent => ({
  type: 'RoleCreated',
  data: { ...act, ...fields(number), permissions: PERMISSIONS },
});
const role = (number: number): Role => ({
  ...fields(number),
  permissions: permissionsOf(PERMISSIONS),
  createdAt: noon,
});
const restore = (number: number): GuildCommand => ({
  type: 'RestoreRole',
  data: { ...act, role: role(number) },
});
const restored = (number: number): GuildEvent => ({
  type: 'RoleRestored',
  data: { ...act, ...fields(number), permissions: PERMISSIONS, createdAt: noon },
});
const deleted: GuildEvent = { type: 'RoleDeleted', data: { ...act, roleId: roleNo(1) } };
const channel: GuildEvent = {
  type: 'ChannelCreated',
  data: { ...act, channelId: channelNo(1), name: 'room', kind: 'text' },
};
const remove: GuildCommand = { type: 'RemoveChannel', data: { ...act, channelId: channelNo(1) } };
const removed: GuildEvent = { type: 'ChannelRemoved', data: { ...act, channelId: channelNo(1) } };
const after = (...events: readonly GuildEvent[]) => events.reduce<Guild | null>(evolveGuild, null)!;

describe('what an undo puts back in a guild', () => {
  it('is a deleted role, whole and under its own id', () => {
    given(founded, made(1), deleted).when(restore(1)).thenEmits(restored(1));
    expect(after(founded, made(1), deleted, restored(1)).roles.get(roleNo(1))).toEqual(role(1));
  });
  it('is a role that was changed; one that is as it was stays untouched', () => {
    const moved: GuildEvent = { type: 'RolesReordered', data: { ...act, roleIds: [roleNo(1)] } };
    given(founded, made(1), moved).when(restore(1)).thenEmits(restored(1));
    given(founded, made(1)).when(restore(1)).thenEmits();
  });
  it('is no 65th role', () => {
    const others = (count: number) => Array.from({ length: count }, (_, n) => made(n + 2));
    given(founded, ...others(ROLES_PER_GUILD_MAX - 1))
      .when(restore(1))
      .thenEmits(restored(1));
    given(founded, ...others(ROLES_PER_GUILD_MAX))
      .when(restore(1))
      .thenRejects({ type: 'TooManyRoles' });
  });
  it('is the absence of a channel, with all that it said', () => {
    given(founded, channel).when(remove).thenEmits(removed);
    given(founded, channel, removed).when(remove).thenRejects({ type: 'NoSuchChannel' });
    expect(after(founded, channel, removed).channels.size).toBe(0);
  });
});
