// A guild is made in three streams that cannot be written at once: the creator's slot, the guild, the creator's
// membership. Each step here can be repeated, so whatever a crash left half done is finished by whoever comes next.
import { isLeft, right, type Either } from 'fp-ts/lib/Either.js';
import { type CreatorSlots } from '../../domain/guild/creator-slots.ts';
import { guildDecider } from '../../domain/guild/decider.ts';
import { type Visibility } from '../../domain/guild/events.ts';
import { type Guild } from '../../domain/guild/guild.ts';
import { seededRole } from '../../domain/guild/role.ts';
import { membershipDecider } from '../../domain/membership/decider.ts';
import { type GuildId, type UserId } from '../../domain/shared/ids.ts';
import { guildStream, memberStream } from '../access/create-guild-access.ts';
import { type GuildCommandPorts } from '../command-ports.ts';
import { type Position } from '../event-store/event-log.ts';
import { type CommandContext } from '../event-store/event-store.ts';
import { FORBIDDEN, type Failure } from '../failure.ts';
import { type NewId } from '../ports.ts';

// Far beyond the time a request may take: nobody is still at work on a guild as old as this.
const AT_WORK_MS = 60_000;

type Founding = {
  readonly guildId: GuildId;
  readonly creatorId: UserId;
  readonly context: CommandContext;
};
export type GuildFounding = {
  /** Makes the guild and its creator its owner, as far as that is not done yet. */
  readonly found: (
    request: Founding & { readonly name: string; readonly visibility: Visibility },
  ) => Promise<Either<Failure, Position | null>>;
  /** Those slots whose guild was never made. Gives the others their owner, where a crash came between. */
  readonly abandoned: (
    slots: CreatorSlots,
    creator: Omit<Founding, 'guildId'>,
  ) => Promise<ReadonlySet<GuildId>>;
};

type Ports = Omit<GuildCommandPorts, 'limits'> & { readonly newId: NewId };

const ALREADY_MADE: Failure = { type: 'Forbidden' }; // Told apart by identity; nobody is answered so.

const makeGuild = async (
  { execute, access, clock, newId }: Ports,
  { guildId, creatorId, name, visibility, context }: Parameters<GuildFounding['found']>[0],
) => {
  const roleIds = {
    everyone: newId<'Role'>(),
    member: newId<'Role'>(),
    moderator: newId<'Role'>(),
    workspace_owner: newId<'Role'>(),
  };
  const data = { guildId, by: creatorId, name, visibility, roleIds, at: clock.now() };
  return execute({
    decider: guildDecider,
    states: access.states.guilds,
    stream: guildStream(guildId),
    prepare: () => Promise.resolve(right({ type: 'CreateGuild' as const, data })),
    refuse: () => ALREADY_MADE,
    context,
  });
};

const makeOwner = async (
  { execute, access, clock }: Ports,
  { guildId, creatorId, context }: Founding,
  guild: Guild,
) => {
  const { memberships } = access.states;
  const stream = memberStream(guildId, creatorId);
  // Somebody who once belonged and left stays outside.
  if ((await memberships.get(stream)).revision >= 0) return right(null);
  const owner = seededRole(guild.roles, 'workspace_owner');
  const who = { guildId, userId: creatorId, by: creatorId, at: clock.now() };
  const data = { ...who, cause: 'created' as const, roleId: owner?.roleId ?? null };
  return execute({
    decider: membershipDecider,
    states: memberships,
    stream,
    prepare: () => Promise.resolve(right({ type: 'Join' as const, data })),
    refuse: () => FORBIDDEN, // Banned from their own guild meanwhile.
    context,
  });
};

export const createGuildFounding = (ports: Ports): GuildFounding => {
  const { access, clock } = ports;
  return {
    found: async (request) => {
      if ((await access.guild(request.guildId)) === null) {
        const made = await makeGuild(ports, request);
        // A repeat of this very request, running beside it, may have been faster.
        if (isLeft(made) && made.left !== ALREADY_MADE) return made;
      }
      const guild = await access.guild(request.guildId);
      if (guild === null) throw new Error('A guild just made is not in the log.');
      const owned = await makeOwner(ports, request, guild);
      if (isLeft(owned)) return owned;
      return right(owned.right?.position ?? null);
    },
    abandoned: async (slots, creator) => {
      const abandoned = new Set<GuildId>();
      for (const [guildId, { takenAt }] of slots) {
        if (clock.now() - takenAt < AT_WORK_MS) continue;
        const guild = await access.guild(guildId);
        if (guild === null) abandoned.add(guildId);
        else await makeOwner(ports, { ...creator, guildId }, guild);
      }
      return abandoned;
    },
  };
};
