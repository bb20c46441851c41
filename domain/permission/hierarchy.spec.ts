import * as fc from 'fast-check';
import {
  mayAssignRole,
  mayChangeFixedRole,
  mayChangePermissions,
  mayPlaceRoleAt,
  mayGrant,
  mayMakeDefault,
  mayManageRole,
  mayModerate,
  mayUnassignRole,
  outranks,
  type Actor,
} from './hierarchy.ts';
import {
  ALL_PERMISSIONS,
  NO_PERMISSIONS,
  permissionsOf,
  union,
  type PermissionName,
  type Permissions,
} from './permissions.ts';
import { type Resolved } from './resolve.ts';
import { everyone, member, moderator, sampleRole, workspaceOwner } from './testing/sample-guild.ts';

const actorWith = (
  role: Resolved['role'],
  highestPosition: number,
  permissions: readonly PermissionName[] | Permissions,
  isServerOwner = false,
): Actor => ({
  resolved: {
    role,
    highestPosition,
    permissions: typeof permissions === 'number' ? permissions : permissionsOf(permissions),
    isTimedOut: false,
  },
  isServerOwner,
});
const serverOwner = actorWith('owner', 10_000, ALL_PERMISSIONS, true);
const owner = actorWith('owner', 10_000, ALL_PERMISSIONS);
const moderating = actorWith('moderator', 100, moderator.permissions);
const roleManager = actorWith('member', 60, ['manage_workspace_roles', 'manage_member_roles']);
const plain = actorWith('member', 1, ['create_message']);
const low = sampleRole(10, 59, NO_PERMISSIONS);
const level = sampleRole(11, 60, NO_PERMISSIONS);
const above = sampleRole(12, 20_000, NO_PERMISSIONS);
const actions = ['edit', 'delete', 'reorder', 'make-default'] as const;

describe('managing roles', () => {
  it.each(actions)('lets a role manager %s roles strictly below', (action) => {
    expect(mayManageRole(roleManager, low, action)).toBe(true);
    expect(mayManageRole(roleManager, level, action)).toBe(false);
    expect(mayManageRole(moderating, low, action)).toBe(false); // Lacks manage_workspace_roles.
  });

  it.each(actions)('lets owners %s a role at any position', (action) => {
    expect(mayManageRole(owner, above, action)).toBe(true);
    expect(mayManageRole(serverOwner, above, action)).toBe(true);
  });

  it.each([everyone, workspaceOwner])('leaves system roles to the server owner to edit', (role) => {
    for (const action of actions) {
      expect(mayManageRole(serverOwner, role, action)).toBe(action === 'edit');
      expect(mayManageRole(owner, role, action)).toBe(false);
      expect(mayManageRole(roleManager, role, action)).toBe(false);
    }
  });

  it.each([member, moderator])('lets nobody delete a seeded role', (role) => {
    expect(mayManageRole(serverOwner, role, 'delete')).toBe(false);
    expect(mayManageRole(owner, role, 'edit')).toBe(true);
  });

  it('lets roles be created strictly below the own, by owners anywhere', () => {
    expect(mayPlaceRoleAt(roleManager, 59)).toBe(true);
    expect(mayPlaceRoleAt(roleManager, 60)).toBe(false);
    expect(mayPlaceRoleAt(owner, 20_000)).toBe(true);
    expect(mayPlaceRoleAt(moderating, 1)).toBe(false);
  });
});

describe('granting permissions', () => {
  it('happens by a default role too', () => {
    const mighty = sampleRole(10, 5, permissionsOf(['manage_roles']));
    expect(mayMakeDefault(roleManager, low)).toBe(true);
    expect(mayMakeDefault(roleManager, level)).toBe(false);
    expect(mayMakeDefault(roleManager, mighty)).toBe(false);
    expect(mayMakeDefault(owner, mighty)).toBe(true);
    expect(mayMakeDefault(serverOwner, everyone)).toBe(false);
  });
  it('is limited to the own ones', () => {
    expect(mayGrant(moderating, permissionsOf(['ban_member']))).toBe(true);
    expect(mayGrant(moderating, permissionsOf(['ban_member', 'manage_roles']))).toBe(false);
    expect(mayGrant(owner, ALL_PERMISSIONS)).toBe(true);
  });

  it('asks only about what changes', () => {
    const strange = permissionsOf(['manage_roles']);
    const wanted = union(strange, permissionsOf(['ban_member']));
    expect(mayChangePermissions(moderating, strange, wanted)).toBe(true);
    expect(mayChangePermissions(moderating, NO_PERMISSIONS, wanted)).toBe(false);
    expect(mayChangePermissions(moderating, wanted, NO_PERMISSIONS)).toBe(false);
  });

  it('never yields what the grantor lacks', () => {
    const set = fc.integer({ min: 0, max: ALL_PERMISSIONS }).map((bits) => bits as Permissions);
    fc.assert(
      fc.property(set, set, set, (own, from, to) => {
        if (!mayChangePermissions(actorWith('member', 5, own), from, to)) return;
        expect(to & ~from & ~own).toBe(0);
      }),
    );
  });
});

describe('assigning roles', () => {
  it('needs manage_member_roles and a role strictly below', () => {
    expect(mayAssignRole(roleManager, low)).toBe(true);
    expect(mayAssignRole(roleManager, level)).toBe(false);
    expect(mayAssignRole(plain, sampleRole(10, 0, NO_PERMISSIONS))).toBe(false);
    expect(mayUnassignRole(roleManager, low)).toBe(true);
    expect(mayUnassignRole(moderating, moderator)).toBe(false);
    expect(mayUnassignRole(owner, above)).toBe(true);
  });

  it('never gives more than the giver holds, or it would be a way up', () => {
    const mighty = sampleRole(10, 5, permissionsOf(['manage_workspace_roles']));
    expect(mayAssignRole(moderating, mighty)).toBe(false);
    expect(mayUnassignRole(moderating, mighty)).toBe(true);
    expect(mayAssignRole(owner, mighty)).toBe(true);
  });

  it('leaves @everyone alone and workspace_owner to the server owner', () => {
    expect(mayAssignRole(serverOwner, everyone)).toBe(false);
    expect(mayUnassignRole(serverOwner, everyone)).toBe(false);
    expect(mayAssignRole(owner, workspaceOwner)).toBe(false);
    expect(mayAssignRole(serverOwner, workspaceOwner)).toBe(true);
    expect(mayUnassignRole(owner, workspaceOwner)).toBe(false);
  });
});

describe('kicking and banning', () => {
  const bouncer = actorWith('member', 50, ['ban_member']);

  it('follows the ranks', () => {
    expect(mayModerate(owner, moderating.resolved)).toBe(true);
    expect(mayModerate(moderating, plain.resolved)).toBe(true);
    expect(mayModerate(moderating, moderating.resolved)).toBe(false);
    // A decoration high above the moderator role doesn't protect a member, as a client of the contract expects.
    expect(mayModerate(moderating, actorWith('member', 9_999, []).resolved)).toBe(true);
  });

  it('protects owners from everybody', () => {
    for (const actor of [serverOwner, owner, moderating, bouncer]) {
      expect(mayModerate(actor, owner.resolved)).toBe(false);
      expect(mayModerate(actor, serverOwner.resolved)).toBe(false);
    }
  });

  it('honours ban_member of a custom role, against lower members', () => {
    expect(mayModerate(bouncer, plain.resolved)).toBe(true);
    expect(mayModerate(bouncer, bouncer.resolved)).toBe(false);
    expect(mayModerate(bouncer, moderating.resolved)).toBe(false);
    expect(mayModerate(plain, actorWith('member', 0, []).resolved)).toBe(false);
  });

  it('asks for no rank against somebody outside', () => {
    expect(mayModerate(bouncer, null)).toBe(true);
    expect(mayModerate(plain, null)).toBe(false);
  });

  it('never works both ways', () => {
    const somebody = fc.record({
      role: fc.constantFrom<Resolved['role'][]>('owner', 'moderator', 'member'),
      highestPosition: fc.integer({ min: 0, max: 3 }),
      permissions: fc.constant(ALL_PERMISSIONS),
      isTimedOut: fc.constant(false),
    });
    fc.assert(
      fc.property(somebody, somebody, (a, b) => {
        expect(outranks(a, b) && outranks(b, a)).toBe(false);
      }),
    );
  });
});

it('lets only owners set the fixed role, and never to or from owner', () => {
  expect(mayChangeFixedRole(owner, 'member', 'moderator')).toBe(true);
  expect(mayChangeFixedRole(owner, 'moderator', 'member')).toBe(true);
  expect(mayChangeFixedRole(owner, 'owner', 'member')).toBe(false);
  expect(mayChangeFixedRole(owner, 'member', 'owner')).toBe(false);
  expect(mayChangeFixedRole(moderating, 'member', 'moderator')).toBe(false);
  expect(mayChangeFixedRole(moderating, 'moderator', 'member')).toBe(false);
  expect(mayChangeFixedRole(plain, 'member', 'member')).toBe(false);
});
