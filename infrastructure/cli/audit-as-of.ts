// `filament audit replay --as-of`: who could see or do what in a channel then, and through which role or override.
import {
  createAskAsOf,
  type AsOf,
  type Moment,
  type Standing,
} from '../../application/audit/as-of.ts';
import { type Position } from '../../application/event-store/event-log.ts';
import { type Ground } from '../../domain/permission/explain.ts';
import { type Guild } from '../../domain/guild/guild.ts';
import { type ChannelId, type GuildId, type RoleId, UserId } from '../../domain/shared/ids.ts';
import { type Timestamp } from '../../domain/shared/timestamp.ts';
import { type Foundation } from '../server/foundation.ts';
import { type GivenMoment } from './audit-options.ts';
import { CommandFailed, endProgress, showProgress, textTable, type Row } from './output.ts';

export type AsOfWish = {
  readonly given: GivenMoment;
  readonly guildId: GuildId;
  readonly channelId: ChannelId;
  readonly userId: UserId | null;
};

/** The position just before; on KurrentDB its second half is the one that tells events apart. */
const before = (position: Position): Position => {
  const tail = BigInt(position.slice(-20));
  return (position.slice(0, -20) + String(tail - 1n).padStart(20, '0')) as Position;
};

const momentOf = async ({ eventLog }: Foundation, given: GivenMoment): Promise<Moment> => {
  if ('time' in given) return { upTo: null, at: given.time };
  const { position } = given;
  const [event] = position > eventLog.start ? await eventLog.readAll(before(position), 1) : [];
  if (event?.position !== position)
    throw new CommandFailed(
      'No event stands at that position. Take one that `filament audit replay` prints, or give a time.',
    );
  return { upTo: position, at: event.recordedAt as Timestamp };
};

const roleText = (guild: Guild, roleId: RoleId): string => {
  const key = guild.roles.get(roleId)?.systemKey ?? null;
  return key === null ? roleId : `${roleId} (${key})`;
};

const groundText = (guild: Guild, ground: Ground): string => {
  const roles = () =>
    'roleIds' in ground ? ground.roleIds.map((id) => roleText(guild, id)).join(', ') : '';
  switch (ground.type) {
    case 'ServerOwner':
      return 'owns the server';
    case 'WorkspaceOwner':
      return `owns the guild by role ${roles()}`;
    case 'Timeout':
      return `timed out until ${new Date(ground.until).toISOString()}`;
    case 'MemberOverride':
      return `${ground.effect} for the person in the channel`;
    case 'RoleOverride':
      return `${ground.effect} for role ${roles()} in the channel`;
    case 'EveryoneOverride':
      return `${ground.effect} for everyone in the channel`;
    case 'Roles':
      return `role ${roles()}`;
    case 'NoRole':
      return 'no role gives it';
  }
};

/** One word for where somebody stood. */
const standingText = ({ isServerOwner, membership, answer }: Standing): string => {
  if (isServerOwner) return 'server owner';
  return 'type' in answer ? membership.standing : answer.resolved.role;
};

const why = (guild: Guild, { answer }: Standing): string => {
  if ('type' in answer)
    return answer.type === 'NotAMember' ? 'not a member' : 'there was no such channel';
  const sight = answer.permissions.find(({ permission }) => permission === 'create_message');
  return sight === undefined ? '' : groundText(guild, sight.ground);
};

const heldBy = ({ answer }: Standing): readonly string[] =>
  'type' in answer
    ? []
    : answer.permissions.filter(({ isHeld }) => isHeld).map(({ permission }) => permission);

const peopleRows = ({ guild, people }: AsOf): readonly Row[] =>
  people.map((standing) => {
    const held = heldBy(standing);
    return {
      user: standing.userId,
      as: standingText(standing),
      sees: held.includes('create_message') ? 'yes' : 'no',
      through: why(guild, standing),
      may: held.join(' '),
    };
  });

const permissionRows = (guild: Guild, standing: Standing): readonly Row[] =>
  'type' in standing.answer
    ? []
    : standing.answer.permissions.map(({ permission, isHeld, ground }) => ({
        permission,
        may: isHeld ? 'yes' : 'no',
        through: groundText(guild, ground),
      }));

const personJson = (standing: Standing) => ({
  user_id: standing.userId,
  standing: standing.membership.standing,
  role: 'type' in standing.answer ? null : standing.answer.resolved.role,
  role_ids: [...standing.membership.roleIds].sort(),
  is_server_owner: standing.isServerOwner,
  sees_channel: heldBy(standing).includes('create_message'),
  refusal: 'type' in standing.answer ? standing.answer.type : null,
  permissions:
    'type' in standing.answer
      ? []
      : standing.answer.permissions.map(({ permission, isHeld, ground }) => ({
          permission,
          held: isHeld,
          through: ground,
        })),
});

/** What is printed: the value for programs, the text for people. */
export const askAsOf = async (
  foundation: Foundation,
  { given, guildId, channelId, userId }: AsOfWish,
): Promise<{ readonly value: unknown; readonly text: string }> => {
  const { store, eventLog, config } = foundation;
  const { serverOwnerUserId } = config;
  const moment = await momentOf(foundation, given);
  const ask = createAskAsOf({
    store,
    eventLog,
    serverOwnerId: UserId.is(serverOwnerUserId) ? serverOwnerUserId : null,
  });
  const onProgress = (events: number) =>
    showProgress(`${events.toLocaleString('en')} memberships read`);
  const asOf = await ask({ guildId, channelId, userId, moment, onProgress }).finally(endProgress);
  const time = new Date(moment.at).toISOString();
  if (asOf === null)
    throw new CommandFailed(
      `There was no guild ${guildId} at ${time}. Check the id and the moment.`,
    );
  const { guild, people } = asOf;
  const [only] = people;
  const head = `Guild ${guildId}, channel ${channelId}, as of ${time}:`;
  const table =
    userId === null || only === undefined
      ? textTable(peopleRows(asOf))
      : [
          `${userId}: ${standingText(only)}; ${why(guild, only)}`,
          ...('type' in only.answer ? [] : [textTable(permissionRows(guild, only))]),
        ].join('\n');
  return {
    value: {
      as_of: { time, position: moment.upTo },
      guild_id: guildId,
      channel_id: channelId,
      channel_exists: guild.channels.has(channelId),
      people: people.map(personJson),
    },
    text: `${head}\n${table}`,
  };
};
