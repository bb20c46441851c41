// A second reading of base contract 5.3, in sets of names and one step per sentence: slow, plain, and sharing nothing with
// resolve.ts, so that a slip in one of them shows as a difference.
import { type Guild, type Override } from '../../guild/guild.ts';
import { type Role } from '../../guild/role.ts';
import { type ChannelId } from '../../shared/ids.ts';
import { permissionNames, type PermissionName, PERMISSION_NAMES } from '../permissions.ts';
import { type Asker } from '../resolve.ts';

export type ReferenceAnswer =
  | 'NotAMember'
  | 'NoSuchChannel'
  | {
      readonly role: string;
      readonly permissions: readonly PermissionName[];
      readonly highestPosition: number;
      readonly isTimedOut: boolean;
    };

type Names = Set<PermissionName>;

const inBitOrder = (names: Names) => PERMISSION_NAMES.filter((name) => names.has(name));
const highest = (roles: readonly Role[]) => Math.max(0, ...roles.map((role) => role.position));

// Within a layer: clear the denied ones, then set the allowed ones minus the denied.
const applyLayer = (names: Names, layer: readonly Override[]): Names => {
  const denied = new Set(layer.flatMap((override) => permissionNames(override.deny)));
  const allowed = layer.flatMap((override) => permissionNames(override.allow));
  const cleared = [...names].filter((name) => !denied.has(name));
  return new Set([...cleared, ...allowed.filter((name) => !denied.has(name))]);
};

const heldRoles = (guild: Guild, asker: Asker): readonly Role[] => {
  const implied = [...guild.roles.values()].filter(
    (role) => role.systemKey === 'everyone' || role.systemKey === 'member',
  );
  const assigned = [...asker.membership.roleIds].flatMap((id) => guild.roles.get(id) ?? []);
  return [...new Set([...implied, ...assigned])];
};

/** What `resolveInGuild` (channel null) and `resolveInChannel` must answer. */
export const referenceResolve = (
  guild: Guild,
  channelId: ChannelId | null,
  asker: Asker,
): ReferenceAnswer => {
  const outside = asker.membership.standing !== 'member';
  if (outside && !asker.isServerOwner) return 'NotAMember';
  const channel = channelId === null ? null : guild.channels.get(channelId);
  if (channel === undefined) return 'NoSuchChannel';
  const owning = [...guild.roles.values()].filter((role) => role.systemKey === 'workspace_owner');
  const all = [...PERMISSION_NAMES];
  if (asker.isServerOwner)
    return {
      role: 'owner',
      permissions: all,
      highestPosition: highest(owning),
      isTimedOut: false,
    };

  const held = heldRoles(guild, asker);
  const highestPosition = highest(held);
  if (held.some((role) => role.systemKey === 'workspace_owner'))
    return { role: 'owner', permissions: all, highestPosition, isTimedOut: false };
  let names: Names = new Set(held.flatMap((role) => permissionNames(role.permissions)));
  if (channel !== null) {
    const overridesOf = (roles: readonly Role[]) =>
      roles.flatMap((role) => channel.roleOverrides.get(role.roleId) ?? []);
    const own = channel.memberOverrides.get(asker.userId);
    names = applyLayer(names, overridesOf(held.filter((role) => role.systemKey === 'everyone')));
    names = applyLayer(names, overridesOf(held.filter((role) => role.systemKey !== 'everyone')));
    names = applyLayer(names, own === undefined ? [] : [own]);
  }
  const { timedOutUntil } = asker.membership;
  const isTimedOut = timedOutUntil !== null && asker.at < timedOutUntil;
  if (isTimedOut) names = new Set([...names].filter((name) => name === 'create_message'));
  const moderates = held.some((role) => role.systemKey === 'moderator');
  return {
    role: moderates ? 'moderator' : 'member',
    permissions: inBitOrder(names),
    highestPosition,
    isTimedOut,
  };
};
