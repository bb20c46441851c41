import * as fc from 'fast-check';
import { isLeft, left, right, type Either } from 'fp-ts/lib/Either.js';
import { type RoleId } from '../shared/ids.ts';
import { type Timestamp } from '../shared/timestamp.ts';
import {
  ALL_PERMISSIONS,
  permissionNames,
  permissionsOf,
  without,
  type PermissionName,
  type Permissions,
} from './permissions.ts';
import {
  resolveInChannel,
  resolveInGuild,
  type Resolved,
  type ResolveRejection,
} from './resolve.ts';
import { referenceResolve, type ReferenceAnswer } from './testing/reference-resolve.ts';
import {
  anyAsker,
  anyGuild,
  askerWith,
  everyone,
  guildWith,
  idNumbered,
  member,
  moderator,
  overrideOf,
  sampleChannel,
  sampleRole,
  seededGuild,
  workspaceOwner,
} from './testing/sample-guild.ts';

const GUILDS = 100_000; // Random ones that must show no difference: a few seconds
const chatting: PermissionName[] = ['create_message', 'subscribe_streams'];
const asAnswer = (outcome: Either<ResolveRejection, Resolved>): ReferenceAnswer =>
  isLeft(outcome)
    ? outcome.left.type
    : {
        role: outcome.right.role,
        permissions: permissionNames(outcome.right.permissions),
        highestPosition: outcome.right.highestPosition,
        isTimedOut: outcome.right.isTimedOut,
      };
const anOwner: Resolved = {
  role: 'owner',
  permissions: ALL_PERMISSIONS,
  highestPosition: 10_000,
  isTimedOut: false,
};
const someRole = sampleRole(10, 50, permissionsOf(['view_audit_log']));
const otherRole = sampleRole(11, 40, permissionsOf(['manage_ip_bans']));

describe('permissions in a guild', () => {
  it('gives a fresh member what @everyone and the implied member role hold', () => {
    expect(asAnswer(resolveInGuild(seededGuild(), askerWith([])))).toEqual({
      role: 'member',
      permissions: chatting,
      highestPosition: 1,
      isTimedOut: false,
    });
  });

  it('adds up all roles held', () => {
    const guild = seededGuild([someRole, otherRole]);
    expect(asAnswer(resolveInGuild(guild, askerWith([someRole, otherRole])))).toEqual({
      role: 'member',
      permissions: ['view_audit_log', 'manage_ip_bans', ...chatting],
      highestPosition: 50,
      isTimedOut: false,
    });
  });

  it('shows who holds the moderator role as moderator', () => {
    expect(resolveInGuild(seededGuild(), askerWith([moderator]))).toEqual(
      right({
        role: 'moderator',
        permissions: without(
          ALL_PERMISSIONS,
          permissionsOf(['manage_roles', 'manage_workspace_roles']),
        ),
        highestPosition: 100,
        isTimedOut: false,
      }),
    );
  });

  it('gives a workspace owner everything, even if the role was edited to hold nothing', () => {
    const emptied = { ...workspaceOwner, permissions: 0 as Permissions };
    expect(resolveInGuild(guildWith([everyone, emptied]), askerWith([emptied]))).toEqual(
      right(anOwner),
    );
  });

  it.each(['outside', 'banned'] as const)(
    'refuses somebody %s, whatever roles are left',
    (standing) => {
      const asker = askerWith([workspaceOwner], standing);
      expect(resolveInGuild(seededGuild(), asker)).toEqual(left({ type: 'NotAMember' }));
      expect(resolveInChannel(seededGuild(), idNumbered(99), asker)).toEqual(
        left({ type: 'NotAMember' }),
      );
    },
  );

  it.each(['outside', 'banned', 'member'] as const)(
    'lets the server owner do all while %s',
    (standing) => {
      expect(resolveInGuild(seededGuild(), askerWith([], standing, true))).toEqual(right(anOwner));
    },
  );

  it('knows seeded roles by key and not by name', () => {
    const namesake = { ...sampleRole(10, 5, 0 as Permissions), name: 'moderator' };
    const ownerNamesake = { ...sampleRole(11, 6, 0 as Permissions), name: 'workspace_owner' };
    const guild = seededGuild([namesake, ownerNamesake]);
    expect(asAnswer(resolveInGuild(guild, askerWith([namesake, ownerNamesake])))).toMatchObject({
      role: 'member',
      permissions: chatting,
    });
  });

  it('ignores ids of roles that are gone', () => {
    expect(resolveInGuild(seededGuild(), askerWith([someRole]))).toEqual(
      resolveInGuild(seededGuild(), askerWith([])),
    );
  });

  it('lets no bit without a name out', () => {
    const strange = { ...someRole, permissions: ~0 as Permissions };
    expect(resolveInGuild(guildWith([strange]), askerWith([strange]))).toEqual(
      right({ ...anOwner, role: 'member', highestPosition: 50 }),
    );
  });
});

describe('permissions in a channel', () => {
  const inChannel = (
    channel: ReturnType<typeof sampleChannel>,
    asker = askerWith([someRole, otherRole]),
  ) => {
    const guild = seededGuild([someRole, otherRole], [channel]);
    const answer = asAnswer(resolveInChannel(guild, channel.channelId, asker));
    return typeof answer === 'string' ? answer : answer.permissions;
  };
  const held = ['view_audit_log', 'manage_ip_bans', ...chatting];
  const me = askerWith([]).userId;
  const deny = overrideOf([], ['create_message']);
  const allow = overrideOf(['create_message'], []);

  it('are those of the guild without overrides', () => {
    expect(inChannel(sampleChannel(1))).toEqual(held);
  });

  it('do not exist in an unknown channel, for the server owner either', () => {
    const unknown = left({ type: 'NoSuchChannel' });
    expect(resolveInChannel(seededGuild(), idNumbered(99), askerWith([]))).toEqual(unknown);
    expect(resolveInChannel(seededGuild(), idNumbered(99), askerWith([], 'outside', true))).toEqual(
      unknown,
    );
  });

  it('let a role beat @everyone', () => {
    expect(
      inChannel(
        sampleChannel(1, [
          [everyone.roleId, deny],
          [someRole.roleId, allow],
        ]),
      ),
    ).toEqual(held);
  });

  it('count the implied member role as a role held', () => {
    expect(
      inChannel(
        sampleChannel(1, [
          [member.roleId, deny],
          [everyone.roleId, allow],
        ]),
      ),
    ).not.toContain('create_message');
  });

  it.each([
    ['one role', [[someRole.roleId, overrideOf(['publish_video'], ['publish_video'])]]],
    [
      'two roles',
      [
        [someRole.roleId, overrideOf(['publish_video'], [])],
        [otherRole.roleId, overrideOf([], ['publish_video'])],
      ],
    ],
  ] as [string, [RoleId, ReturnType<typeof overrideOf>][]][])(
    'let deny win inside a layer of %s',
    (_, overrides) => {
      expect(inChannel(sampleChannel(1, overrides))).not.toContain('publish_video');
    },
  );

  it('let the member beat their roles', () => {
    const denied: [RoleId, typeof deny][] = [[someRole.roleId, deny]];
    expect(inChannel(sampleChannel(1, denied))).not.toContain('create_message');
    expect(inChannel(sampleChannel(1, denied, [[me, allow]]))).toContain('create_message');
    expect(inChannel(sampleChannel(1, [], [[me, deny]]))).not.toContain('create_message');
  });

  it('ignore entries for roles and members that are somebody else', () => {
    const channel = sampleChannel(
      1,
      [
        [moderator.roleId, deny],
        [idNumbered(77), deny],
      ],
      [[idNumbered(78), deny]],
    );
    expect(inChannel(channel)).toEqual(held);
  });

  it('bind no owner', () => {
    const closed = sampleChannel(1, [[everyone.roleId, deny]], [[me, deny]]);
    const all = permissionNames(ALL_PERMISSIONS);
    expect(inChannel(closed, askerWith([workspaceOwner]))).toEqual(all);
    expect(inChannel(closed, askerWith([], 'outside', true))).toEqual(all);
  });
});

describe('a timeout', () => {
  const until = (end: number, asker = askerWith([moderator])) => ({
    ...asker,
    membership: { ...asker.membership, timedOutUntil: (asker.at + end) as Timestamp },
  });
  const channel = sampleChannel(1);
  const guild = seededGuild([], [channel]);

  it('leaves nothing but looking on, in the guild and its channels', () => {
    const looking = { role: 'moderator', permissions: ['create_message'], isTimedOut: true };
    expect(asAnswer(resolveInGuild(guild, until(1)))).toMatchObject(looking);
    expect(asAnswer(resolveInChannel(guild, channel.channelId, until(1)))).toMatchObject(looking);
  });
  it('shows nobody a channel they did not see before', () => {
    const hidden = sampleChannel(2, [[everyone.roleId, overrideOf([], ['create_message'])]]);
    const answer = resolveInChannel(
      seededGuild([], [hidden]),
      hidden.channelId,
      until(1, askerWith([])),
    );
    expect(asAnswer(answer)).toMatchObject({ permissions: [], isTimedOut: true });
  });
  it('is over by itself when its time is up', () => {
    expect(resolveInGuild(guild, until(0))).toEqual(resolveInGuild(guild, askerWith([moderator])));
  });
  it('does not hold for who became an owner meanwhile, nor for the server owner', () => {
    expect(resolveInGuild(guild, until(1, askerWith([workspaceOwner])))).toEqual(right(anOwner));
    expect(resolveInGuild(guild, until(1, askerWith([], 'member', true)))).toEqual(right(anOwner));
  });
});

it('agrees with the plain reading of the contract in any guild', () => {
  // Compared as text: an `expect` of its own for each of the many guilds takes longer than all else.
  const agree = (a: ReferenceAnswer, b: ReferenceAnswer) => JSON.stringify(a) === JSON.stringify(b);
  fc.assert(
    fc.property(anyGuild, anyAsker, (guild, asker) => {
      const channelId = guild.channels.keys().next().value ?? idNumbered<never>(1);
      return (
        agree(asAnswer(resolveInGuild(guild, asker)), referenceResolve(guild, null, asker)) &&
        agree(
          asAnswer(resolveInChannel(guild, channelId, asker)),
          referenceResolve(guild, channelId, asker),
        )
      );
    }),
    { numRuns: GUILDS },
  );
});
