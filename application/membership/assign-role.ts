import { isLeft, left, map, right, type Either } from 'fp-ts/lib/Either.js';
import { type SystemKey } from '../../domain/guild/events.ts';
import { type Guild } from '../../domain/guild/guild.ts';
import { type Role } from '../../domain/guild/role.ts';
import { membershipDecider, type MembershipRejection } from '../../domain/membership/decider.ts';
import { mayAssignRole, mayUnassignRole, type Actor } from '../../domain/permission/hierarchy.ts';
import { type GuildId, type RoleId, type UserId } from '../../domain/shared/ids.ts';
import { memberStream } from '../access/create-guild-access.ts';
import { accepted, type Accepted } from '../accepted.ts';
import { type Asking, type GuildCommandPorts } from '../command-ports.ts';
import { FORBIDDEN, INVALID, NOT_FOUND, type Failure } from '../failure.ts';
import { type Done } from '../ports.ts';
import { holdsWhatChannels } from '../role/channel-grants.ts';
import { type KeepAnOwner } from './keep-an-owner.ts';

/** Doing either twice is doing it once, so it needs no idempotency key. */
export type ChangeMemberRole = (
  request: Omit<Asking, 'idempotencyKey'> & {
    readonly guildId: GuildId;
    readonly userId: UserId;
    readonly roleId: RoleId;
  },
) => Promise<Either<Failure, Done<Accepted>>>;

type Request = Parameters<ChangeMemberRole>[0];

const refuse = ({ type }: MembershipRejection): Failure =>
  type === 'TooManyMemberRoles' ? { type: 'QuotaExceeded' } : NOT_FOUND;

type Found = { readonly actor: Actor; readonly guild: Guild; readonly role: Role };

const find = async (
  { access }: GuildCommandPorts,
  { by, guildId, roleId }: Request,
): Promise<Either<Failure, Found>> => {
  const actor = await access.requireActor(by, guildId, 'manage_member_roles');
  if (isLeft(actor)) return actor;
  const guild = await access.guild(guildId);
  const role = guild?.roles.get(roleId);
  if (!guild || role === undefined) return left(NOT_FOUND);
  return right({ actor: actor.right, guild, role });
};

const judge = async (
  { access }: GuildCommandPorts,
  { by, roleId }: Request,
  { actor, guild, role }: Found,
  change: 'assign' | 'unassign',
): Promise<Either<Failure, Guild>> => {
  if (role.systemKey === 'everyone') return left(INVALID);
  const may = change === 'assign' ? mayAssignRole(actor, role) : mayUnassignRole(actor, role);
  const say = change === 'assign' ? 'allow' : 'deny';
  const holds = may && (await holdsWhatChannels(say, access, { by, guild, roleId }));
  return holds ? right(guild) : left(FORBIDDEN);
};

const mayAssign = async (
  ports: GuildCommandPorts,
  request: Request,
): Promise<Either<Failure, Guild>> => {
  const found = await find(ports, request);
  if (isLeft(found)) return found;
  const { standing } = await ports.access.membership(request.guildId, request.userId);
  return standing === 'member' ? judge(ports, request, found.right, 'assign') : left(NOT_FOUND);
};

const mayUnassign = async (
  ports: GuildCommandPorts,
  request: Request,
): Promise<Either<Failure, Guild>> => {
  const found = await find(ports, request);
  return isLeft(found) ? found : judge(ports, request, found.right, 'unassign');
};

const keyOf = (guild: Guild, roleId: RoleId): SystemKey =>
  guild.roles.get(roleId)?.systemKey ?? null;

const NOTHING_TO_DO: Either<Failure, Done<Accepted>> = right(accepted({ position: null }));

export const createAssignRole =
  (ports: GuildCommandPorts): ChangeMemberRole =>
  async (request) => {
    const { execute, access, clock } = ports;
    const { by, guildId, userId, roleId, context } = request;
    const may = await mayAssign(ports, request);
    if (isLeft(may)) return may;
    // Every member has it already.
    if (keyOf(may.right, roleId) === 'member') return NOTHING_TO_DO;
    const assigned = await execute({
      decider: membershipDecider,
      states: access.states.memberships,
      stream: memberStream(guildId, userId),
      prepare: async () => {
        const guild = await mayAssign(ports, request);
        if (isLeft(guild)) return guild;
        const data = { guildId, userId, roleId, by, at: clock.now() };
        const existing = guild.right.roles;
        return right({ type: 'AssignRole' as const, data: { ...data, existing } });
      },
      refuse,
      context,
    });
    return map(accepted)(assigned);
  };

export const createUnassignRole =
  (ports: GuildCommandPorts & { readonly keepAnOwner: KeepAnOwner }): ChangeMemberRole =>
  async (request) => {
    const { execute, access, clock, keepAnOwner } = ports;
    const { by, guildId, userId, roleId, context } = request;
    const unassign = async () => {
      const unassigned = await execute({
        decider: membershipDecider,
        states: access.states.memberships,
        stream: memberStream(guildId, userId),
        prepare: async () => {
          const guild = await mayUnassign(ports, request);
          if (isLeft(guild)) return guild;
          const data = { guildId, userId, roleId, by, at: clock.now() };
          return right({ type: 'UnassignRole' as const, data });
        },
        refuse,
        context,
      });
      return map(accepted)(unassigned);
    };
    const may = await mayUnassign(ports, request);
    if (isLeft(may)) return may;
    const isOwners = keyOf(may.right, roleId) === 'workspace_owner';
    return isOwners ? keepAnOwner(guildId, userId, unassign) : unassign();
  };
