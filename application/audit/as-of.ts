// Who could see or do what in a channel at an earlier moment: the state is folded from the log up to then, and the one
// authorization function asked, with its reasons.
import { isLeft } from 'fp-ts/lib/Either.js';
import { guildDecider } from '../../domain/guild/decider.ts';
import { GUILD_EVENTS } from '../../domain/guild/events.ts';
import { type Guild } from '../../domain/guild/guild.ts';
import { membershipDecider } from '../../domain/membership/decider.ts';
import { MEMBERSHIP_EVENTS } from '../../domain/membership/events.ts';
import { type Membership } from '../../domain/membership/membership.ts';
import { explainInChannel, type Explanation } from '../../domain/permission/explain.ts';
import { type ResolveRejection } from '../../domain/permission/resolve.ts';
import { type ChannelId, type GuildId, UserId } from '../../domain/shared/ids.ts';
import { type Timestamp } from '../../domain/shared/timestamp.ts';
import { guildStream, memberStream } from '../access/create-guild-access.ts';
import { evolveWith } from '../access/folded-streams.ts';
import { type EventLog, type Position } from '../event-store/event-log.ts';
import { type EventStore, type Recorded } from '../event-store/event-store.ts';

const PAGE = 2_000;

/** Up to and including an event of the log, or everything recorded until a time; `at` is when timeouts are looked at. */
export type Moment = { readonly upTo: Position | null; readonly at: Timestamp };

export type Standing = {
  readonly userId: UserId;
  readonly membership: Membership;
  readonly isServerOwner: boolean;
  /** What they could do there and why, or why nothing. */
  readonly answer: Explanation | ResolveRejection;
};

export type AsOf = {
  readonly guild: Guild;
  readonly people: readonly Standing[]; // By id
};

const isBefore =
  ({ upTo, at }: Moment) =>
  ({ meta }: Recorded): boolean =>
    upTo === null ? meta.recordedAt <= at : meta.position <= upTo;

const evolveGuild = evolveWith({ decider: guildDecider, kinds: GUILD_EVENTS });
const evolveMembership = evolveWith({ decider: membershipDecider, kinds: MEMBERSHIP_EVENTS });

type Ports = {
  readonly store: Pick<EventStore, 'load'>;
  readonly eventLog: Pick<EventLog, 'readAll' | 'start'>;
  readonly serverOwnerId: UserId | null;
};

/** Everyone the guild has ever heard of, from the names of their streams. */
const peopleOf = async (
  { eventLog }: Ports,
  guildId: GuildId,
  onProgress: (events: number) => void,
): Promise<ReadonlySet<UserId>> => {
  const prefix = `member-${guildId}:`;
  const found = new Set<UserId>();
  let read = 0;
  for (let after = eventLog.start; ;) {
    const page = await eventLog.readAll(after, PAGE, { categories: ['member'] });
    for (const { stream } of page) {
      const userId = stream.slice(prefix.length);
      if (stream.startsWith(prefix) && UserId.is(userId)) found.add(userId);
    }
    read += page.length;
    onProgress(read);
    const last = page.at(-1);
    if (last === undefined || page.length < PAGE) return found;
    after = last.position;
  }
};

/**
 * The answer for one person, or for all who were members then (and the server owner); null when there was no such guild.
 * Rejects when an event that matters can't be decoded: it must not guess.
 */
export const createAskAsOf = (ports: Ports) => {
  const { store, serverOwnerId } = ports;

  const standingOf = async (
    guild: Guild,
    channelId: ChannelId,
    userId: UserId,
    moment: Moment,
  ): Promise<Standing> => {
    const events = (await store.load(memberStream(guild.guildId, userId))).filter(isBefore(moment));
    const membership = events.reduce(evolveMembership, membershipDecider.initialState);
    const isServerOwner = userId === serverOwnerId;
    const asker = { userId, membership, isServerOwner, at: moment.at };
    const explained = explainInChannel(guild, channelId, asker);
    const answer = isLeft(explained) ? explained.left : explained.right;
    return { userId, membership, isServerOwner, answer };
  };

  return async ({
    guildId,
    channelId,
    userId,
    moment,
    onProgress = () => {},
  }: {
    readonly guildId: GuildId;
    readonly channelId: ChannelId;
    readonly userId: UserId | null;
    readonly moment: Moment;
    readonly onProgress?: (events: number) => void;
  }): Promise<AsOf | null> => {
    const events = (await store.load(guildStream(guildId))).filter(isBefore(moment));
    const guild = events.reduce(evolveGuild, guildDecider.initialState);
    if (guild === null) return null;
    if (userId !== null)
      return { guild, people: [await standingOf(guild, channelId, userId, moment)] };
    const known = new Set(await peopleOf(ports, guildId, onProgress));
    if (serverOwnerId !== null) known.add(serverOwnerId);
    const people: Standing[] = [];
    for (const person of [...known].sort()) {
      const standing = await standingOf(guild, channelId, person, moment);
      if (standing.membership.standing === 'member' || standing.isServerOwner)
        people.push(standing);
    }
    return { guild, people };
  };
};
