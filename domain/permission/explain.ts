// Why the authorization function answers as it does, for people who ask afterwards (`filament audit replay --as-of`). Slow
// and in whole sentences, so to say; a property holds it to resolve.ts, which alone decides.
import { isLeft, left, right, type Either } from 'fp-ts/lib/Either.js';
import { type Channel, type Guild } from '../guild/guild.ts';
import { type Role } from '../guild/role.ts';
import { type ChannelId, type RoleId } from '../shared/ids.ts';
import { type Timestamp } from '../shared/timestamp.ts';
import { hasPermission, PERMISSION_NAMES, type PermissionName } from './permissions.ts';
import { resolveInChannel, type Asker, type ResolveRejection, type Resolved } from './resolve.ts';

/** What decided about one permission: the last word in the order of base contract 5.3. */
export type Ground =
  | { readonly type: 'ServerOwner' }
  | { readonly type: 'WorkspaceOwner'; readonly roleIds: readonly RoleId[] }
  /** One's timeout takes away all but looking on. */
  | { readonly type: 'Timeout'; readonly until: Timestamp }
  | { readonly type: 'MemberOverride'; readonly effect: 'allow' | 'deny' }
  | {
      readonly type: 'RoleOverride';
      readonly effect: 'allow' | 'deny';
      readonly roleIds: readonly RoleId[];
    }
  | {
      readonly type: 'EveryoneOverride';
      readonly effect: 'allow' | 'deny';
      readonly roleIds: readonly RoleId[];
    }
  /** The roles held give it. */
  | { readonly type: 'Roles'; readonly roleIds: readonly RoleId[] }
  | { readonly type: 'NoRole' };

export type Explained = {
  readonly permission: PermissionName;
  readonly isHeld: boolean;
  readonly ground: Ground;
};

export type Explanation = {
  readonly resolved: Resolved;
  readonly permissions: readonly Explained[];
};

const idsOf = (roles: readonly Role[]): readonly RoleId[] => roles.map(({ roleId }) => roleId);

const heldRoles = ({ roles }: Guild, { membership: { roleIds } }: Asker): readonly Role[] =>
  [...roles.values()].filter(
    ({ roleId, systemKey }) =>
      systemKey === 'everyone' || systemKey === 'member' || roleIds.has(roleId),
  );

/** Those of the roles whose override in the channel says this about the permission. */
const saying = (
  roles: readonly Role[],
  channel: Channel,
  effect: 'allow' | 'deny',
  permission: PermissionName,
): readonly RoleId[] =>
  idsOf(
    roles.filter(({ roleId }) => {
      const override = channel.roleOverrides.get(roleId);
      return override !== undefined && hasPermission(override[effect], permission);
    }),
  );

/** Within a layer, denying wins. */
const layerGround = (
  type: 'RoleOverride' | 'EveryoneOverride',
  roles: readonly Role[],
  channel: Channel,
  permission: PermissionName,
): Ground | null => {
  for (const effect of ['deny', 'allow'] as const) {
    const roleIds = saying(roles, channel, effect, permission);
    if (roleIds.length > 0) return { type, effect, roleIds };
  }
  return null;
};

const overrideGround = (
  held: readonly Role[],
  { userId }: Asker,
  channel: Channel,
  permission: PermissionName,
): Ground | null => {
  const own = channel.memberOverrides.get(userId);
  for (const effect of ['deny', 'allow'] as const)
    if (own !== undefined && hasPermission(own[effect], permission))
      return { type: 'MemberOverride', effect };
  const everyone = held.filter(({ systemKey }) => systemKey === 'everyone');
  const others = held.filter(({ systemKey }) => systemKey !== 'everyone');
  return (
    layerGround('RoleOverride', others, channel, permission) ??
    layerGround('EveryoneOverride', everyone, channel, permission)
  );
};

const groundOf = (
  guild: Guild,
  channel: Channel,
  asker: Asker,
  { isTimedOut }: Resolved,
  permission: PermissionName,
): Ground => {
  if (asker.isServerOwner) return { type: 'ServerOwner' };
  const held = heldRoles(guild, asker);
  const owning = held.filter(({ systemKey }) => systemKey === 'workspace_owner');
  if (owning.length > 0) return { type: 'WorkspaceOwner', roleIds: idsOf(owning) };
  const { timedOutUntil } = asker.membership;
  if (isTimedOut && timedOutUntil !== null && permission !== 'create_message')
    return { type: 'Timeout', until: timedOutUntil };
  const overridden = overrideGround(held, asker, channel, permission);
  if (overridden !== null) return overridden;
  const giving = held.filter(({ permissions }) => hasPermission(permissions, permission));
  return giving.length > 0 ? { type: 'Roles', roleIds: idsOf(giving) } : { type: 'NoRole' };
};

/** What a person may do in a channel, and for each permission what decided it. */
export const explainInChannel = (
  guild: Guild,
  channelId: ChannelId,
  asker: Asker,
): Either<ResolveRejection, Explanation> => {
  const answer = resolveInChannel(guild, channelId, asker);
  if (isLeft(answer)) return answer;
  const channel = guild.channels.get(channelId);
  if (channel === undefined) return left({ type: 'NoSuchChannel' });
  const resolved = answer.right;
  return right({
    resolved,
    permissions: PERMISSION_NAMES.map((permission) => ({
      permission,
      isHeld: hasPermission(resolved.permissions, permission),
      ground: groundOf(guild, channel, asker, resolved, permission),
    })),
  });
};
