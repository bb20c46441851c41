// A guild's structure as it would be without what is undone, and what leads there from how it is.
import { guildDecider, type GuildCommand } from '../guild/decider.ts';
import { type GuildEvent } from '../guild/events.ts';
import { evolveGuild, type Channel, type Guild, type Override } from '../guild/guild.ts';
import { type Role } from '../guild/role.ts';
import { NO_PERMISSIONS, permissionNames } from '../permission/permissions.ts';
import { type ChannelId, type GuildId, type RoleId, type UserId } from '../shared/ids.ts';
import { type Timestamp } from '../shared/timestamp.ts';
import { carryOut, changedSince, type Act, type Plan, type Refusal, type Subject } from './act.ts';

/** Who undoes in which guild, and when. */
export type Undoing = { readonly guildId: GuildId; readonly by: UserId; readonly at: Timestamp };

/** What others did with things that are told of in other streams: members hold roles, messages stand in channels. */
export type Uses = {
  readonly roles: ReadonlySet<RoleId>;
  readonly channels: ReadonlySet<ChannelId>;
};

type GuildAct = Act<GuildEvent>;
type Wanted = { readonly command: GuildCommand; readonly subject: Subject };

/** The role and the channel that an event is about, if it is about one. */
const aboutOf = (event: GuildEvent): readonly (RoleId | ChannelId)[] => {
  switch (event.type) {
    case 'RoleCreated':
    case 'RoleUpdated':
    case 'RoleDeleted':
    case 'RoleRestored':
      return [event.data.roleId];
    case 'DefaultJoinRoleSet':
      return event.data.roleId === null ? [] : [event.data.roleId];
    case 'ChannelCreated':
    case 'ChannelRemoved':
      return [event.data.channelId];
    case 'ChannelOverrideSet': {
      const { channelId, target } = event.data;
      return target.kind === 'role' ? [channelId, target.roleId] : [channelId];
    }
    case 'GuildCreated':
    case 'GuildUpdated':
    case 'RolesReordered': // Lists whatever roles there are.
      return [];
  }
};

/** What was made by what is undone and put to use by somebody else: it stays as it is. */
const usedSince = (acts: readonly GuildAct[], uses: Uses): ReadonlyMap<string, Subject> => {
  const made = new Map<string, Subject>();
  const used = new Map<string, Subject>();
  for (const { event, whose } of acts) {
    const about = aboutOf(event);
    if (whose === 'undone') {
      if (event.type === 'RoleCreated')
        made.set(event.data.roleId, { kind: 'role', id: event.data.roleId });
      if (event.type === 'ChannelCreated')
        made.set(event.data.channelId, { kind: 'channel', id: event.data.channelId });
    } else if (whose === 'others' && event.type !== 'RoleDeleted')
      for (const id of about) {
        const subject = made.get(id);
        if (subject !== undefined) used.set(id, subject);
      }
  }
  for (const id of [...uses.roles, ...uses.channels]) {
    const subject = made.get(id);
    if (subject !== undefined) used.set(id, subject);
  }
  return used;
};

const overrideId = (channelId: ChannelId, target: string): string => `${channelId}:${target}`;

const writtenBy = (event: GuildEvent): readonly Subject[] => {
  const role = (roleId: RoleId, part: string): Subject => ({
    kind: 'role',
    id: `${roleId}.${part}`,
  });
  switch (event.type) {
    case 'GuildUpdated': {
      const { name, visibility } = event.data;
      return [
        ...(name === undefined ? [] : [{ kind: 'guild' as const, id: 'name' }]),
        ...(visibility === undefined ? [] : [{ kind: 'guild' as const, id: 'visibility' }]),
      ];
    }
    case 'DefaultJoinRoleSet':
      return [{ kind: 'guild', id: 'default_join_role' }];
    case 'RoleUpdated': {
      const { roleId, name, permissions, colorHex } = event.data;
      return [
        ...(name === undefined ? [] : [role(roleId, 'name')]),
        ...(permissions === undefined ? [] : [role(roleId, 'permissions')]),
        ...(colorHex === undefined ? [] : [role(roleId, 'color')]),
      ];
    }
    case 'RolesReordered':
      return event.data.roleIds.map((roleId) => role(roleId, 'position'));
    case 'RoleDeleted':
    case 'RoleRestored':
      return ['name', 'permissions', 'color', 'position'].map((part) =>
        role(event.data.roleId, part),
      );
    case 'ChannelOverrideSet': {
      const { channelId, target } = event.data;
      const id = target.kind === 'role' ? target.roleId : target.userId;
      return [{ kind: 'override', id: overrideId(channelId, id) }];
    }
    case 'GuildCreated':
    case 'RoleCreated':
    case 'ChannelCreated':
    case 'ChannelRemoved':
      return [];
  }
};

const settings = (undoing: Undoing, now: Guild, then: Guild): readonly Wanted[] => {
  const wanted: Wanted[] = [];
  if (then.name !== null && then.name !== now.name)
    wanted.push({
      command: { type: 'UpdateGuild', data: { ...undoing, name: then.name } },
      subject: { kind: 'guild', id: 'name' },
    });
  if (then.visibility !== now.visibility)
    wanted.push({
      command: { type: 'UpdateGuild', data: { ...undoing, visibility: then.visibility } },
      subject: { kind: 'guild', id: 'visibility' },
    });
  return wanted;
};

const changeOfRole = (undoing: Undoing, now: Role, then: Role): GuildCommand => {
  if (now.position !== then.position)
    return { type: 'RestoreRole', data: { ...undoing, role: then } };
  const data = {
    ...undoing,
    roleId: then.roleId,
    ...(then.name !== null && { name: then.name }),
    permissions: permissionNames(then.permissions),
    colorHex: then.colorHex,
  };
  return { type: 'UpdateRole', data };
};

/** First those that go, so that those that come back find room. */
const roles = (undoing: Undoing, now: Guild, then: Guild): readonly Wanted[] => {
  const gone = [...now.roles.values()].filter(({ roleId }) => !then.roles.has(roleId));
  return [
    ...gone.map(({ roleId }): Wanted => ({
      command: { type: 'DeleteRole', data: { ...undoing, roleId } },
      subject: { kind: 'role', id: roleId },
    })),
    ...[...then.roles.values()].map((role): Wanted => {
      const current = now.roles.get(role.roleId);
      return {
        command:
          current === undefined
            ? { type: 'RestoreRole', data: { ...undoing, role } }
            : changeOfRole(undoing, current, role),
        subject: { kind: 'role', id: role.roleId },
      };
    }),
  ];
};

const defaultRole = (undoing: Undoing, now: Guild, then: Guild): readonly Wanted[] => {
  const roleId = then.defaultJoinRoleId;
  if (roleId === now.defaultJoinRoleId || (roleId !== null && !now.roles.has(roleId))) return [];
  const command: GuildCommand = { type: 'SetDefaultJoinRole', data: { ...undoing, roleId } };
  return [{ command, subject: { kind: 'guild', id: 'default_join_role' } }];
};

type Entry = Pick<Extract<GuildCommand, { type: 'SetChannelOverride' }>['data'], 'target'> & {
  readonly id: string;
  readonly then: Override | undefined;
};

type Roles = { readonly now: Guild['roles']; readonly then: Guild['roles'] };

/** What two states of a channel say of each target; nothing of a role that should be back and found no room. */
const entriesOf = (now: Channel, then: Channel, roles: Roles): readonly Entry[] => {
  const roleIds = new Set([...now.roleOverrides.keys(), ...then.roleOverrides.keys()]);
  const userIds = new Set([...now.memberOverrides.keys(), ...then.memberOverrides.keys()]);
  return [
    ...[...roleIds]
      .filter((roleId) => {
        const foundNoRoom = roles.then.has(roleId) && !roles.now.has(roleId);
        return !foundNoRoom || !then.roleOverrides.has(roleId);
      })
      .map((roleId) => ({
        target: { kind: 'role' as const, roleId },
        id: roleId,
        then: then.roleOverrides.get(roleId),
      })),
    ...[...userIds].map((userId) => ({
      target: { kind: 'member' as const, userId },
      id: userId,
      then: then.memberOverrides.get(userId),
    })),
  ];
};

const overrides = (undoing: Undoing, now: Guild, then: Guild): readonly Wanted[] =>
  [...now.channels.values()].flatMap((channel) => {
    const before = then.channels.get(channel.channelId);
    if (before === undefined) return [];
    const { channelId } = channel;
    const roles = { now: now.roles, then: then.roles };
    return entriesOf(channel, before, roles).map(({ target, id, then: wanted }): Wanted => {
      const allow = permissionNames(wanted?.allow ?? NO_PERMISSIONS);
      const deny = permissionNames(wanted?.deny ?? NO_PERMISSIONS);
      return {
        command: {
          type: 'SetChannelOverride',
          data: { ...undoing, channelId, target, allow, deny },
        },
        subject: { kind: 'override', id: overrideId(channelId, id) },
      };
    });
  });

const channels = (undoing: Undoing, now: Guild, then: Guild): readonly Wanted[] =>
  [...now.channels.keys()]
    .filter((channelId) => !then.channels.has(channelId))
    .map((channelId) => ({
      command: { type: 'RemoveChannel', data: { ...undoing, channelId } },
      subject: { kind: 'channel', id: channelId },
    }));

const fold = (acts: readonly GuildAct[]): Guild | null =>
  acts.map(({ event }) => event).reduce<Guild | null>(evolveGuild, null);

/** The same subject for the same reason is told once, whichever of its parts it is about. */
const distinct = (refusals: readonly Refusal[]): readonly Refusal[] => [
  ...new Map(
    refusals.map((refusal) => [`${refusal.kind} ${refusal.id} ${refusal.why}`, refusal]),
  ).values(),
];

/** Null for a guild that is not there. */
export const planGuild = (
  acts: readonly GuildAct[],
  undoing: Undoing,
  uses: Uses,
): Plan<GuildEvent, Guild> | null => {
  const used = usedSince(acts, uses);
  const stays = ({ event, whose }: GuildAct): boolean =>
    whose !== 'undone' || aboutOf(event).some((id) => used.has(id));
  const now = fold(acts);
  const then = fold(acts.filter(stays));
  if (now === null || then === null) return null;
  const events: GuildEvent[] = [];
  const refusals: Refusal[] = [];
  let state = now;
  // Each step goes by what the one before it came to: what channels say of a role that found no room is left out.
  for (const step of [channels, settings, roles, defaultRole, overrides]) {
    const done = carryOut<GuildCommand, Guild | null, GuildEvent, { readonly type: string }>(
      guildDecider,
      state,
      step(undoing, state, then),
    );
    events.push(...done.events);
    refusals.push(...done.refusals);
    state = done.state ?? state;
  }
  return {
    events,
    state,
    refusals: distinct([
      ...refusals,
      ...[...used.values()].map((subject) => ({ ...subject, why: 'used_since' as const })),
      ...changedSince(
        acts.filter((act) => act.whose !== 'undone' || !stays(act)),
        writtenBy,
      ),
    ]),
  };
};
