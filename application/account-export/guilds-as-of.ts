// Where somebody stood in a guild at a position of the log.
import { membershipDecider } from '../../domain/membership/decider.ts';
import { MEMBERSHIP_EVENTS } from '../../domain/membership/events.ts';
import { evolveGuild, type Guild } from '../../domain/guild/guild.ts';
import { GUILD_EVENTS } from '../../domain/guild/events.ts';
import { type SystemKey } from '../../domain/guild/system-key.ts';
import { type GuildId, type RoleId, type UserId } from '../../domain/shared/ids.ts';
import { type Timestamp } from '../../domain/shared/timestamp.ts';
import { guildStream, memberStream } from '../access/create-guild-access.ts';
import { evolveWith, foldAll } from '../access/folded-streams.ts';
import { type Position } from '../event-store/event-log.ts';
import { type EventStore } from '../event-store/event-store.ts';

export type GuildAsOf = {
  readonly guildId: GuildId;
  readonly isMember: boolean;
  readonly isBanned: boolean;
  readonly isOwner: boolean;
  readonly isCreator: boolean;
  readonly joinedAt: Timestamp | null;
  readonly timedOutUntil: Timestamp | null;
  readonly roles: readonly { readonly roleId: RoleId; readonly systemKey: SystemKey }[];
};

const evolveMember = evolveWith({ decider: membershipDecider, kinds: MEMBERSHIP_EVENTS });
const guildDecider = { initialState: null, evolve: evolveGuild };
const evolveStructure = evolveWith<Guild | null, Parameters<typeof evolveGuild>[1]>({
  decider: guildDecider,
  kinds: GUILD_EVENTS,
});

/** Makes what looks it up: from the two streams, as far as that position. */
export const createGuildsAsOf =
  ({ store }: { readonly store: Pick<EventStore, 'load'> }) =>
  async (guildId: GuildId, userId: UserId, upTo: Position): Promise<GuildAsOf> => {
    const upToThen = async (stream: string) =>
      (await store.load(stream)).filter(({ meta }) => meta.position <= upTo);
    const ofMember = await upToThen(memberStream(guildId, userId));
    const ofGuild = await upToThen(guildStream(guildId));
    const membership = foldAll(membershipDecider.initialState, evolveMember, ofMember).state;
    const guild = foldAll<Guild | null>(null, evolveStructure, ofGuild).state;
    const roles = [...membership.roleIds].map((roleId) => {
      const systemKey = guild?.roles.get(roleId)?.systemKey ?? null;
      return { roleId, systemKey };
    });
    return {
      guildId,
      isMember: membership.standing === 'member',
      isBanned: membership.standing === 'banned',
      isOwner: roles.some(({ systemKey }) => systemKey === 'workspace_owner'),
      isCreator: guild?.creatorId === userId,
      joinedAt: membership.joinedAt,
      timedOutUntil: membership.timedOutUntil,
      roles,
    };
  };
