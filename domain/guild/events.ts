// Structure only: settings, roles, channels, overrides. Who belongs to a guild is in domain/membership.
import * as t from 'io-ts';
import { PermissionName } from '../permission/permissions.ts';
import { eventKind, type EventOf } from '../shared/event-kind.ts';
import { ChannelId, GuildId, RoleId, UserId } from '../shared/ids.ts';
import { Sealed } from '../shared/sealed.ts';
import { Timestamp } from '../shared/timestamp.ts';
import { guildScope } from './guild-scope.ts';
import { ROLE_EVENTS } from './role-events.ts';
import { SystemKey } from './system-key.ts';

export { SystemKey };

export const Visibility = t.union([t.literal('private'), t.literal('public')]);
export type Visibility = t.TypeOf<typeof Visibility>;

export const ChannelKind = t.union([t.literal('text'), t.literal('voice')]);
export type ChannelKind = t.TypeOf<typeof ChannelKind>;

export const GuildCreated = eventKind(
  'GuildCreated',
  1,
  t.strict({
    guildId: GuildId,
    name: Sealed,
    visibility: Visibility,
    creatorId: UserId,
    at: Timestamp,
  }),
  { name: guildScope },
);

// A field that did not change is absent.
export const GuildUpdated = eventKind(
  'GuildUpdated',
  1,
  t.exact(
    t.intersection([
      t.type({ guildId: GuildId, by: UserId, at: Timestamp }),
      t.partial({ name: Sealed, visibility: Visibility }),
    ]),
  ),
  { name: guildScope },
);

export const RoleCreated = eventKind(
  'RoleCreated',
  1,
  t.strict({
    guildId: GuildId,
    roleId: RoleId,
    name: Sealed,
    position: t.Int,
    permissions: t.readonlyArray(PermissionName),
    systemKey: SystemKey,
    isSystem: t.boolean,
    colorHex: t.union([t.string, t.null]),
    by: UserId,
    at: Timestamp,
  }),
  { name: guildScope },
);

export const ChannelCreated = eventKind(
  'ChannelCreated',
  1,
  t.strict({
    guildId: GuildId,
    channelId: ChannelId,
    name: Sealed,
    kind: ChannelKind,
    by: UserId,
    at: Timestamp,
  }),
  { name: guildScope },
);

/** Undone, and with it what it allowed and denied. Its messages are not told of here: none of them may stand. */
export const ChannelRemoved = eventKind(
  'ChannelRemoved',
  1,
  t.strict({ guildId: GuildId, channelId: ChannelId, by: UserId, at: Timestamp }),
);

export const OverrideTarget = t.union([
  t.strict({ kind: t.literal('role'), roleId: RoleId }),
  t.strict({ kind: t.literal('member'), userId: UserId }),
]);
export type OverrideTarget = t.TypeOf<typeof OverrideTarget>;

/** The three fixed roles of the base contract, by which its older routes name the seeded roles. */
export const FixedRole = t.union([t.literal('owner'), t.literal('moderator'), t.literal('member')]);
export type FixedRole = t.TypeOf<typeof FixedRole>;

/**
 * Replaces the channel's entry for that target; empty allow and deny remove it. `fixedRole` is there when the seeded role
 * was named by its fixed role, as the older of the two routes does: its clients are told in that form.
 */
export const ChannelOverrideSet = eventKind(
  'ChannelOverrideSet',
  1,
  t.exact(
    t.intersection([
      t.type({
        guildId: GuildId,
        channelId: ChannelId,
        target: OverrideTarget,
        allow: t.readonlyArray(PermissionName),
        deny: t.readonlyArray(PermissionName),
        by: UserId,
        at: Timestamp,
      }),
      t.partial({ fixedRole: FixedRole }),
    ]),
  ),
);

export const GUILD_EVENTS = [
  GuildCreated,
  GuildUpdated,
  RoleCreated,
  ChannelCreated,
  ChannelRemoved,
  ChannelOverrideSet,
  ...ROLE_EVENTS,
] as const;
export type GuildEvent = EventOf<(typeof GUILD_EVENTS)[number]>;
