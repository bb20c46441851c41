// Reads pages of what somebody missed and makes their frames: what is needed of messages, events and people is read once
// for a page. The two steps are apart so that the feed can be read one page ahead.
import { type Message } from '../../application/contract/answers.ts';
import { type EventStore, type Recorded } from '../../application/event-store/event-store.ts';
import { type Position } from '../../application/event-store/event-log.ts';
import {
  type FeedChange,
  type FeedReader,
  type FeedScope,
} from '../../application/feed/feed-reader.ts';
import { type KnownTo } from '../../application/feed/known-to.ts';
import { type AccountReader } from '../../application/account/account-reader.ts';
import { type ChannelId, type GuildId, type MessageId, UserId } from '../../domain/shared/ids.ts';
import {
  messageNeeded,
  needsEvent,
  replayFrames,
  type Replayed,
  type ReplayFacts,
} from './replay-frames.ts';
import { type Revocation } from './revocation.ts';

/** Changes read at once. */
export const REPLAY_PAGE = 1_000;

/** What resuming reads, besides the gateway's own state. */
export type ResumeSource = {
  readonly installationId: string;
  readonly head: EventStore['head'];
  readonly eventsAt: (positions: readonly Position[]) => ReturnType<EventStore['readAt']>;
  readonly feed: FeedReader;
  /** As they are now; those that are gone are not there. */
  readonly messagesNow: (
    readerId: UserId,
    messageIds: readonly MessageId[],
  ) => Promise<readonly Message[]>;
  readonly knownTo: KnownTo;
  readonly visibleChannels: (userId: UserId, guildId: GuildId) => Promise<readonly ChannelId[]>;
};

type Dependencies = {
  readonly source: ResumeSource;
  readonly lookup: AccountReader['lookup'];
  readonly holdsInChannel: Revocation['holdsInChannel'];
};

export type ChangesPage = {
  readonly changes: readonly FeedChange[];
  /** Up to where the page reaches; null when it was the last. */
  readonly next: Position | null;
};

const FRIEND_KINDS: ReadonlySet<string> = new Set(['FriendRequested', 'FriendRequestAccepted']);
const PROFILE_KINDS: ReadonlySet<string> = new Set(['ProfileUpdated', 'ProfilePictureChanged']);

const eventsOf = async ({ source }: Dependencies, changes: readonly FeedChange[]) => {
  const positions = changes.filter(needsEvent).map(({ position }) => position);
  const found = positions.length === 0 ? [] : await source.eventsAt(positions);
  const events = new Map<string, Recorded>();
  for (const event of found)
    if (event.type !== 'Undecodable') events.set(event.meta.position, event);
  return events;
};

const messagesOf = async (
  { source }: Dependencies,
  readerId: UserId,
  changes: readonly FeedChange[],
) => {
  const ids = [...new Set(changes.flatMap((change) => messageNeeded(change) ?? []))];
  const found = ids.length === 0 ? [] : await source.messagesNow(readerId, ids);
  return new Map<string, Message>(found.map((message) => [message.message_id, message]));
};

const knownOf = async (
  { source }: Dependencies,
  readerId: UserId,
  changes: readonly FeedChange[],
): Promise<ReadonlySet<string>> => {
  const people = changes.filter(({ kind }) => PROFILE_KINDS.has(kind));
  const ids = [...new Set(people.map(({ subjectId }) => subjectId))].filter(UserId.is);
  return ids.length === 0 ? new Set() : source.knownTo(readerId, ids);
};

const namesOf = async ({ lookup }: Dependencies, events: ReadonlyMap<string, Recorded>) => {
  const ids = new Set<UserId>();
  for (const event of events.values())
    if (event.type === 'FriendRequested' || event.type === 'FriendRequestAccepted')
      for (const id of [event.data.senderId, event.data.recipientId]) ids.add(id);
  const found = ids.size === 0 ? [] : await lookup([...ids]);
  return new Map(found.map(({ userId, username }) => [userId, username]));
};

/** Makes the reader of one person's missed changes. */
export const createReplayPages = (dependencies: Dependencies, readerId: UserId) => {
  const { source, holdsInChannel } = dependencies;
  let lastJoin: Recorded['meta'] | null = null;

  const noteJoin = (event: Recorded) => {
    if (event.type === 'MemberJoined') lastJoin = event.meta;
  };
  const isPartOfJoin: ReplayFacts['isPartOfJoin'] = ({ meta }) =>
    lastJoin?.stream === meta.stream && lastJoin.correlationId === meta.correlationId;

  return {
    /** To be called first: the client may have heard of a join and not of the role given with it, which has no frame. */
    beginAt: async (position: Position): Promise<void> => {
      for (const event of await source.eventsAt([position]))
        if (event.type !== 'Undecodable') noteJoin(event);
    },
    changes: async (request: {
      readonly scopes: readonly FeedScope[];
      readonly after: Position;
      readonly upTo: Position;
    }): Promise<ChangesPage> => {
      const changes = await source.feed.page({ ...request, limit: REPLAY_PAGE });
      const last = changes.at(-1);
      return { changes, next: changes.length < REPLAY_PAGE ? null : (last?.position ?? null) };
    },
    /** To be called page by page, in order, and for the next only when this one is made. */
    framesOf: async (changes: readonly FeedChange[]): Promise<readonly Replayed[]> => {
      const [events, messages, known] = await Promise.all([
        eventsOf(dependencies, changes),
        messagesOf(dependencies, readerId, changes),
        knownOf(dependencies, readerId, changes),
      ]);
      const names = changes.some(({ kind }) => FRIEND_KINDS.has(kind))
        ? await namesOf(dependencies, events)
        : new Map<UserId, string>();
      const facts: ReplayFacts = {
        readerId,
        messages,
        events,
        known,
        names,
        isPartOfJoin,
        holds: async ({ guildId }, channelId, anyOf) =>
          guildId !== null && holdsInChannel(readerId, guildId, channelId, anyOf),
      };
      const replayed: Replayed[] = [];
      for (const change of changes) {
        const event = events.get(change.position);
        if (event !== undefined) noteJoin(event);
        replayed.push({ change, frames: await replayFrames(change, facts) });
      }
      return replayed;
    },
  };
};
export type ReplayPages = ReturnType<typeof createReplayPages>;
