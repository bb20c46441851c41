// What sockets hear of people: profiles to the person, friends and people of the same guilds, each once; what is between
// two people to these two only.
import { type OpenAbout } from '../../application/account/about-texts.ts';
import { type AccountReader } from '../../application/account/account-reader.ts';
import { type FriendReader } from '../../application/friendship/friend-reader.ts';
import { type GuildsOfPerson } from '../../application/membership/guilds-of-person.ts';
import { type Metrics } from '../../application/metrics.ts';
import { type GuildId, type UserId } from '../../domain/shared/ids.ts';
import { type Announcers, type RecordedEvent } from './announcer.ts';
import { type GatewayLog } from './connection.ts';
import { type Connections } from './connections.ts';
import { type Frame } from './frame-text.ts';
import { type GuildMates } from './guild-mates.ts';
import { type Outbox } from './outbox.ts';
import {
  friendRemoveFrames,
  friendRequestCreateFrame,
  friendRequestDeleteFrame,
  friendRequestUpdateFrame,
  profilePictureFrame,
  profileUpdateFrame,
} from './people-frames.ts';
import { type UserFanout } from './user-fanout.ts';

/** What the gateway asks about people. */
export type People = {
  readonly lookup: AccountReader['lookup'];
  readonly friendIdsOf: FriendReader['friendIdsOf'];
  readonly guildsOfPerson: GuildsOfPerson;
  readonly openAbout: OpenAbout;
};

type Dependencies = {
  readonly people: People;
  readonly connections: Connections;
  readonly guildMates: GuildMates;
  readonly fanout: UserFanout;
  readonly outbox: Outbox;
  readonly metrics: Metrics;
  readonly friendsMax: number;
  readonly peopleMax: number; // Who hear of one change
  readonly log: GatewayLog;
};

type Circle = (userId: UserId, frame: Frame) => Promise<void>;

/** To the person, then to those who know them and are here. */
const createToCircle = ({
  people,
  connections,
  guildMates,
  fanout,
  outbox,
  metrics,
  friendsMax,
  peopleMax,
  log,
}: Dependencies): Circle => {
  function* othersOf(userId: UserId, friendIds: readonly UserId[], guildIds: readonly GuildId[]) {
    yield* friendIds;
    for (const guildId of guildIds)
      for (const mate of guildMates.inGuild(guildId)) if (mate !== userId) yield mate;
  }
  // Who is told places is told in the order of the log, so these are not left for later turns: what follows waits.
  const toPlaced = async (people: Iterable<UserId>, frame: Frame) => {
    if (!connections.hasPlaced()) return;
    const told = new Set<UserId>();
    for (const person of people) {
      const sockets = told.has(person) ? [] : connections.ofUser(person);
      const placed = sockets.filter(({ wantsPlaces }) => wantsPlaces);
      if (placed.length === 0) continue;
      if (told.size >= peopleMax) return;
      told.add(person);
      outbox.toSome(placed, 'user', frame);
      await outbox.breathe();
    }
  };
  return async (userId, frame) => {
    outbox.toSome(connections.ofUser(userId), 'user', frame);
    if (connections.all().size === 0) return;
    try {
      const friendIds = await people.friendIdsOf(userId, friendsMax);
      const release = await guildMates.follow(userId);
      const guildIds = [...guildMates.guildsOf(userId)];
      release();
      const others = () => othersOf(userId, friendIds, guildIds);
      await toPlaced(others(), frame);
      fanout.toPeople(others(), frame);
    } catch (error) {
      // A failed read costs this frame, never the order of others: clients find the truth over HTTP.
      log.error({ event: 'gateway.user_fanout.unreadable', err: error });
      metrics.gatewayDropped('user', frame.t, 'serialize_error');
    }
  };
};

export const peopleAnnouncers = (dependencies: Dependencies): Announcers => {
  const { people, connections, outbox } = dependencies;
  const toCircle = createToCircle(dependencies);

  const toEach = (receivers: readonly UserId[], frameFor: (receiver: UserId) => Frame) => {
    for (const receiver of receivers)
      outbox.toSome(connections.ofUser(receiver), 'user', frameFor(receiver));
  };
  const namesOf = async (userIds: readonly UserId[]): Promise<ReadonlyMap<UserId, string>> => {
    if (userIds.every((userId) => connections.ofUser(userId).length === 0)) return new Map();
    const found = await people.lookup(userIds);
    return new Map(found.map(({ userId, username }) => [userId, username]));
  };
  const aboutOf = async ({ data, meta }: RecordedEvent<'ProfileUpdated'>) =>
    typeof data.aboutMarkdown === 'string'
      ? people.openAbout({
          userId: data.userId,
          eventId: meta.eventId,
          eventVersion: meta.version,
          box: data.aboutMarkdown,
        })
      : undefined;

  return {
    ProfileUpdated: async (event) =>
      toCircle(event.data.userId, profileUpdateFrame(event.data, await aboutOf(event))),
    ProfilePictureChanged: ({ data }) => toCircle(data.userId, profilePictureFrame(data)),
    FriendRequested: async ({ data }) => {
      const both = [data.senderId, data.recipientId];
      const names = await namesOf(both);
      toEach(both, () => friendRequestCreateFrame(data, names));
    },
    FriendRequestAccepted: async ({ data }) => {
      const both = [data.senderId, data.recipientId];
      const names = await namesOf(both);
      toEach(both, (receiver) => friendRequestUpdateFrame(data, receiver, names));
    },
    FriendRequestDeleted: ({ data }) =>
      toEach([data.senderId, data.recipientId], () => friendRequestDeleteFrame(data)),
    FriendRemoved: ({ data }) => {
      for (const receiver of [data.by, data.friendId])
        for (const frame of friendRemoveFrames(data, receiver))
          outbox.toSome(connections.ofUser(receiver), 'user', frame);
    },
  };
};
