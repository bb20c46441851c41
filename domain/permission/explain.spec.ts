import { isLeft } from 'fp-ts/lib/Either.js';
import * as fc from 'fast-check';
import { type Channel, type Guild, type Override } from '../guild/guild.ts';
import { type ChannelId, type RoleId } from '../shared/ids.ts';
import { explainInChannel, type Explained, type Ground } from './explain.ts';
import { permissionsOf, without, type Permissions } from './permissions.ts';
import { resolveInChannel, type Asker } from './resolve.ts';
import { anyAsker, anyGuild, idNumbered } from './testing/sample-guild.ts';

const RUNS = 5_000;
const CHANNEL = idNumbered<ChannelId>(1);

/** Whether a ground means that the permission is held. */
const gives = (ground: Ground): boolean => {
  switch (ground.type) {
    case 'ServerOwner':
    case 'WorkspaceOwner':
    case 'Roles':
      return true;
    case 'Timeout':
    case 'NoRole':
      return false;
    case 'MemberOverride':
    case 'RoleOverride':
    case 'EveryoneOverride':
      return ground.effect === 'allow';
  }
};

const withoutBits = (
  override: Override,
  effect: 'allow' | 'deny',
  bits: Permissions,
): Override => ({
  ...override,
  [effect]: without(override[effect], bits),
});

const inChannel = (guild: Guild, change: (channel: Channel) => Channel): Guild => {
  const channel = guild.channels.get(CHANNEL);
  return channel === undefined
    ? guild
    : { ...guild, channels: new Map(guild.channels).set(CHANNEL, change(channel)) };
};

const changingRoles = (
  channel: Channel,
  roleIds: readonly RoleId[],
  change: (override: Override) => Override,
): Channel => ({
  ...channel,
  roleOverrides: new Map(
    [...channel.roleOverrides].map(([id, override]) => [
      id,
      roleIds.includes(id) ? change(override) : override,
    ]),
  ),
});

/** The same world without what the ground names. */
const unsaid = (
  guild: Guild,
  asker: Asker,
  { permission, ground }: Explained,
): readonly [Guild, Asker] | null => {
  const bits = permissionsOf([permission]);
  switch (ground.type) {
    case 'NoRole':
      return null;
    case 'ServerOwner':
      return [guild, { ...asker, isServerOwner: false }];
    case 'Timeout':
      return [guild, { ...asker, membership: { ...asker.membership, timedOutUntil: null } }];
    case 'WorkspaceOwner': {
      const roles = new Map(guild.roles);
      for (const roleId of ground.roleIds) roles.delete(roleId);
      return [{ ...guild, roles }, asker];
    }
    case 'Roles': {
      const roles = new Map(
        [...guild.roles].map(([id, role]) => [
          id,
          ground.roleIds.includes(id)
            ? { ...role, permissions: without(role.permissions, bits) }
            : role,
        ]),
      );
      return [{ ...guild, roles }, asker];
    }
    case 'MemberOverride':
      return [
        inChannel(guild, (channel) => ({
          ...channel,
          memberOverrides: new Map(
            [...channel.memberOverrides].map(([id, override]) => [
              id,
              id === asker.userId ? withoutBits(override, ground.effect, bits) : override,
            ]),
          ),
        })),
        asker,
      ];
    case 'RoleOverride':
    case 'EveryoneOverride':
      return [
        inChannel(guild, (channel) =>
          changingRoles(channel, ground.roleIds, (override) =>
            withoutBits(override, ground.effect, bits),
          ),
        ),
        asker,
      ];
  }
};

describe('an explanation', () => {
  it('agrees with the authorization function, whatever the guild', () => {
    fc.assert(
      fc.property(anyGuild, anyAsker, (guild, asker) => {
        const resolved = resolveInChannel(guild, CHANNEL, asker);
        const explained = explainInChannel(guild, CHANNEL, asker);
        if (isLeft(resolved) || isLeft(explained)) {
          expect(explained).toEqual(resolved);
          return;
        }
        expect(explained.right.resolved).toEqual(resolved.right);
        const { permissions } = explained.right;
        const held = permissions.filter(({ isHeld }) => isHeld);
        expect(permissionsOf(held.map(({ permission }) => permission))).toBe(
          resolved.right.permissions,
        );
        expect(permissions.filter(({ isHeld, ground }) => gives(ground) !== isHeld)).toEqual([]);
      }),
      { numRuns: RUNS },
    );
  });

  it('names all of what decided: without it something else decides, in the end that no role gives it', () => {
    fc.assert(
      fc.property(anyGuild, anyAsker, fc.nat({ max: 11 }), (guild, asker, number) => {
        const explain = (of: Guild, by: Asker) => {
          const explained = explainInChannel(of, CHANNEL, by);
          return isLeft(explained) ? null : (explained.right.permissions[number] ?? null);
        };
        let world: readonly [Guild, Asker] = [guild, asker];
        const seen: string[] = [];
        for (let now = explain(...world); now !== null; now = explain(...world)) {
          const ground = JSON.stringify(now.ground);
          expect(seen).not.toContain(ground);
          seen.push(ground);
          const next = unsaid(...world, now);
          if (next === null) break;
          world = next;
        }
        // Server owner, workspace owner, timeout, three layers with two words each, roles, none.
        expect(seen.length).toBeLessThanOrEqual(11);
      }),
      { numRuns: RUNS },
    );
  });
});
