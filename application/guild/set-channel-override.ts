import { isLeft, left, map, right, type Either } from 'fp-ts/lib/Either.js';
import { guildDecider, type GuildRejection } from '../../domain/guild/decider.ts';
import { type FixedRole, type OverrideTarget } from '../../domain/guild/events.ts';
import { overrideOf, type Guild } from '../../domain/guild/guild.ts';
import { seededRole } from '../../domain/guild/role.ts';
import { mayChangePermissions } from '../../domain/permission/hierarchy.ts';
import {
  NO_PERMISSIONS,
  permissionsOf,
  type PermissionName,
} from '../../domain/permission/permissions.ts';
import { type Resolved } from '../../domain/permission/resolve.ts';
import { type ChannelId, type GuildId } from '../../domain/shared/ids.ts';
import { guildStream } from '../access/create-guild-access.ts';
import { accepted, type Accepted } from '../accepted.ts';
import { type Asking, type GuildCommandPorts } from '../command-ports.ts';
import { FORBIDDEN, INVALID, NOT_FOUND, type Failure } from '../failure.ts';
import { type Done } from '../ports.ts';

type Entry = {
  readonly channelId: ChannelId;
  readonly target: OverrideTarget;
  readonly allow: readonly PermissionName[];
  readonly deny: readonly PermissionName[];
};

export type SetChannelOverride = (
  request: Omit<Asking, 'idempotencyKey'> & Entry & { readonly guildId: GuildId },
) => Promise<Either<Failure, Done<Accepted>>>;

const refuse = ({ type }: GuildRejection): Failure => {
  if (type === 'OverrideContradicts') return INVALID;
  return type === 'TooManyOverrides' ? { type: 'QuotaExceeded' } : NOT_FOUND;
};

/** Nobody hands out or takes away what they lack themselves, or an override would lift them to anything. */
const maySet = (resolved: Resolved, guild: Guild | null, entry: Entry): boolean => {
  const channel = guild?.channels.get(entry.channelId);
  const current = channel && overrideOf(channel, entry.target);
  const actor = { resolved, isServerOwner: false }; // Ownership is in `resolved` already.
  return (
    mayChangePermissions(actor, current?.allow ?? NO_PERMISSIONS, permissionsOf(entry.allow)) &&
    mayChangePermissions(actor, current?.deny ?? NO_PERMISSIONS, permissionsOf(entry.deny))
  );
};

/** Replaces what a channel says about one role or member. Setting it twice is setting it once, so it needs no key. */
export const createSetChannelOverride =
  ({ execute, access, clock }: GuildCommandPorts): SetChannelOverride =>
  async ({ by, guildId, context, channelId, target, allow, deny }) => {
    const entry = { channelId, target, allow, deny };
    const set = await execute({
      decider: guildDecider,
      states: access.states.guilds,
      stream: guildStream(guildId),
      prepare: async (guild) => {
        const allowed = await access.requireInChannel(
          by,
          guildId,
          channelId,
          'manage_channel_overrides',
        );
        if (isLeft(allowed)) return allowed;
        if (!maySet(allowed.right, guild, entry)) return left(FORBIDDEN);
        const data = { ...entry, guildId, by, at: clock.now() };
        return right({ type: 'SetChannelOverride' as const, data });
      },
      refuse,
      context,
    });
    return map(accepted)(set);
  };

export type SetFixedRoleOverride = (
  request: Omit<Asking, 'idempotencyKey'> &
    Omit<Entry, 'target'> & { readonly guildId: GuildId; readonly fixedRole: FixedRole },
) => Promise<Either<Failure, Done<Accepted>>>;

const SEEDED = { owner: 'workspace_owner', moderator: 'moderator', member: 'member' } as const;

/** The same for a seeded role, named by its fixed role: the older form, which only owners have (base contract 5.3.6). */
export const createSetFixedRoleOverride =
  ({ execute, access, clock }: GuildCommandPorts): SetFixedRoleOverride =>
  async ({ by, guildId, context, fixedRole, channelId, allow, deny }) => {
    const set = await execute({
      decider: guildDecider,
      states: access.states.guilds,
      stream: guildStream(guildId),
      prepare: async (guild) => {
        const allowed = await access.inChannel(by, guildId, channelId);
        if (isLeft(allowed)) return allowed;
        if (allowed.right.role !== 'owner') return left(FORBIDDEN);
        const role = guild && seededRole(guild.roles, SEEDED[fixedRole]);
        if (!role) return left(NOT_FOUND);
        const target = { kind: 'role' as const, roleId: role.roleId };
        const data = { guildId, channelId, target, allow, deny, fixedRole, by, at: clock.now() };
        return right({ type: 'SetChannelOverride' as const, data });
      },
      refuse,
      context,
    });
    return map(accepted)(set);
  };
