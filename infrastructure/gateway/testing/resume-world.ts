// A whole installation in memory for resume-oracle.spec.ts: one log, read models folded from it, and processes that follow
// it at their own pace, die and are started again.
import {
  type DomainEvent,
  type EventType,
} from '../../../application/event-store/event-catalogue.ts';
import { type Recorded } from '../../../application/event-store/event-store.ts';
import { type Message } from '../../../application/contract/answers.ts';
import { type FeedChange, type FeedReader } from '../../../application/feed/feed-reader.ts';
import { markOf, placeOf } from '../../../application/feed/place.ts';
import { type ChannelId, type MessageId, type UserId } from '../../../domain/shared/ids.ts';
import { FEED_KINDS, feedRow, type FeedEvent } from '../../../projections/feed/projector.ts';
import { startPlace } from '../resume-checks.ts';
import { type ResumeSource } from '../replay-pages.ts';
import { createFakeAccess } from './fake-access.ts';
import { createFakeTransport } from './fake-transport.ts';
import { createHarness, NOBODY_KNOWN } from './harness.ts';
import { channelId, EVERYONE, guildId, noon, positionNo, userId } from './samples.ts';

const FEED: ReadonlySet<EventType> = new Set(FEED_KINDS);
const isTold = (event: Recorded): event is FeedEvent => FEED.has(event.type);

type Text = {
  readonly channelId: ChannelId;
  readonly authorId: UserId;
  content: string;
  readonly reactors: Map<string, Set<UserId>>;
};

/** What read models say after the first `upTo` events: plain loops, nothing shared with the code under test. */
export type Facts = {
  readonly messages: ReadonlyMap<MessageId, Text>;
  readonly members: ReadonlySet<UserId>;
  readonly visible: ReadonlySet<string>; // `user channel`
  readonly friends: ReadonlySet<string>; // `user user`, both ways
  readonly names: ReadonlyMap<UserId, string>;
  readonly guildName: string;
};

type Draft = {
  readonly messages: Map<MessageId, Text>;
  readonly members: Set<UserId>;
  readonly channels: Set<ChannelId>;
  readonly friends: Set<string>;
  readonly names: Map<UserId, string>;
  readonly says: Map<string, 'allow' | 'deny' | 'nothing'>; // `channel target`
  mayByRole: boolean;
  guildName: string;
};

const foldMessage = ({ messages }: Draft, { type, data }: DomainEvent): void => {
  if (type === 'MessagePosted' || type === 'MessageRestored') {
    const { channelId: channel, authorId, content } = data;
    const reactors = new Map<string, Set<UserId>>();
    messages.set(data.messageId, {
      channelId: channel,
      authorId,
      content: content ?? '',
      reactors,
    });
  }
  if (type === 'MessageEdited') {
    const found = messages.get(data.messageId);
    if (found) found.content = data.content ?? '';
  }
  if (type === 'MessageDeleted') messages.delete(data.messageId);
  if ((type === 'ReactionAdded' || type === 'ReactionRemoved') && data.emoji !== null) {
    const reactors = messages.get(data.messageId)?.reactors;
    const people = reactors?.get(data.emoji) ?? new Set();
    if (type === 'ReactionAdded') people.add(data.userId);
    else people.delete(data.userId);
    if (people.size > 0) reactors?.set(data.emoji, people);
    else reactors?.delete(data.emoji);
  }
};

const foldPeople = (draft: Draft, { type, data }: DomainEvent): void => {
  if (type === 'MemberJoined' || type === 'MemberRestored') draft.members.add(data.userId);
  if (type === 'MemberKicked' || type === 'MemberLeft' || type === 'MemberBanned')
    draft.members.delete(data.userId);
  if (type === 'ProfileUpdated' && typeof data.username === 'string')
    draft.names.set(data.userId, data.username);
  if (type === 'FriendRequestAccepted') {
    draft.friends.add(`${data.senderId} ${data.recipientId}`);
    draft.friends.add(`${data.recipientId} ${data.senderId}`);
  }
  if (type === 'FriendRemoved') {
    draft.friends.delete(`${data.by} ${data.friendId}`);
    draft.friends.delete(`${data.friendId} ${data.by}`);
  }
};

const foldGuild = (draft: Draft, { type, data }: DomainEvent): void => {
  if (type === 'ChannelCreated') draft.channels.add(data.channelId);
  if (type === 'RoleRestored' && data.roleId === EVERYONE)
    draft.mayByRole = data.permissions.includes('create_message');
  if (type === 'GuildUpdated' && typeof data.name === 'string') draft.guildName = data.name;
  if (type === 'RoleUpdated' && data.roleId === EVERYONE && data.permissions)
    draft.mayByRole = data.permissions.includes('create_message');
  if (type === 'ChannelOverrideSet') {
    const target = data.target.kind === 'role' ? data.target.roleId : data.target.userId;
    const word = data.deny.length > 0 ? 'deny' : data.allow.length > 0 ? 'allow' : 'nothing';
    draft.says.set(`${data.channelId} ${target}`, word);
  }
};

const visibleIn = ({ members, channels, says, mayByRole }: Draft): Set<string> => {
  const visible = new Set<string>();
  for (const user of members)
    for (const channel of channels) {
      let may = mayByRole;
      for (const target of [EVERYONE, user]) {
        const word = says.get(`${channel} ${target}`) ?? 'nothing';
        if (word !== 'nothing') may = word === 'allow';
      }
      if (may) visible.add(`${user} ${channel}`);
    }
  return visible;
};

const createFacts = () => {
  const draft: Draft = {
    messages: new Map(),
    members: new Set(),
    channels: new Set(),
    friends: new Set(),
    names: new Map(),
    says: new Map(),
    mayByRole: true,
    guildName: '',
  };
  let visible = new Set<string>();
  return {
    fold: (event: DomainEvent) => {
      foldMessage(draft, event);
      foldPeople(draft, event);
      foldGuild(draft, event);
      visible = visibleIn(draft);
    },
    now: (): Facts => ({ ...draft, visible }),
  };
};

export const answerOf = (messageId: MessageId, text: Text): Message => ({
  message_id: messageId,
  guild_id: guildId(1),
  channel_id: text.channelId,
  author_id: text.authorId,
  content: text.content,
  markdown_tokens: [],
  attachments: [],
  reactions: [...text.reactors].map(([emoji, people]) => ({
    emoji,
    count: people.size as Message['created_at_unix'],
    reacted_by_me: false,
  })),
  created_at_unix: (noon / 1000) as Message['created_at_unix'],
});

const createFeed = (
  log: readonly Recorded[],
  projected: () => number,
  wait: () => Promise<unknown>,
): FeedReader => {
  const rows = () => log.slice(0, projected()).filter(isTold);
  return {
    page: ({ scopes, after, upTo, limit }) => {
      const wanted = new Set<string>(scopes);
      const found = rows()
        .filter(({ meta }) => meta.position > after && meta.position <= upTo)
        .filter((event) => feedRow(event).scopes.some((scope) => wanted.has(scope)))
        .slice(0, limit);
      return wait().then(() =>
        found.map((event) => {
          const { guildId: guild, channelId: channel, subjectId } = feedRow(event);
          const where = { guildId: guild, channelId: channel } as Pick<
            FeedChange,
            'guildId' | 'channelId'
          >;
          const { position, eventId } = event.meta;
          return {
            position,
            mark: markOf(eventId),
            ...where,
            kind: event.type,
            subjectId,
            at: event.data.at,
          };
        }),
      );
    },
    markAt: (position) => {
      const found = rows().find(({ meta }) => meta.position === position);
      return Promise.resolve(found === undefined ? null : markOf(found.meta.eventId));
    },
    lastUpTo: () => Promise.resolve(null),
    lastRemoval: ({ userId: user, after, upTo }) => {
      const found = rows().findLast(
        ({ type, data, meta }) =>
          (type === 'MemberKicked' || type === 'MemberLeft' || type === 'MemberBanned') &&
          data.userId === user &&
          meta.position > after &&
          meta.position <= upTo,
      );
      return Promise.resolve(found?.meta.position ?? null);
    },
    missed: ({ channelIds }) =>
      Promise.resolve(
        channelIds.map((id) => ({
          channelId: id,
          lastMessageId: null,
          lastPosition: null,
          unread: 0,
          hasMore: false,
        })),
      ),
  };
};

export const createWorld = ({
  users,
  channels,
  cacheMisses,
  gatherMs,
}: {
  readonly users: readonly number[];
  readonly channels: readonly number[];
  readonly cacheMisses: readonly boolean[];
  readonly gatherMs: number;
}) => {
  const log: Recorded[] = [];
  let projectedTo = 0;
  const readModels = createFacts();
  const told = createFacts();
  const visibleAt: ReadonlySet<string>[] = [new Set()]; // After so many events
  const membersAt: ReadonlySet<UserId>[] = [new Set()];
  let looks = 0;

  const source: ResumeSource = {
    installationId: 'here',
    head: () => Promise.resolve(positionNo(log.length)),
    eventsAt: (positions) =>
      Promise.resolve(log.filter(({ meta }) => positions.includes(meta.position))),
    // As slow as a database now and then, so that much happens between a page and its frames.
    feed: createFeed(
      log,
      () => projectedTo,
      () =>
        cacheMisses[looks++ % cacheMisses.length] === true
          ? new Promise(setImmediate)
          : Promise.resolve(),
    ),
    messagesNow: (_reader, ids) =>
      Promise.resolve(
        ids.flatMap((id) => {
          const text = readModels.now().messages.get(id);
          return text === undefined ? [] : [answerOf(id, text)];
        }),
      ),
    knownTo: (reader, ids) => {
      const { members, friends } = readModels.now();
      const isKnown = (id: UserId) =>
        id === reader || friends.has(`${reader} ${id}`) || (members.has(reader) && members.has(id));
      return Promise.resolve(new Set(ids.filter(isKnown)));
    },
    visibleChannels: (user) =>
      Promise.resolve(
        channels.map(channelId).filter((id) => readModels.now().visible.has(`${user} ${id}`)),
      ),
  };

  const startProcess = async () => {
    const transport = createFakeTransport();
    const access = createFakeAccess({
      isCached: () => cacheMisses[looks++ % cacheMisses.length] !== true,
    });
    let delivered = projectedTo;
    access.apply(log.slice(0, delivered));
    const last = log.slice(0, delivered).findLast(isTold);
    const harness = createHarness({
      port: transport.port,
      access,
      resume: source,
      startPlace: last === undefined ? startPlace(positionNo(0)) : placeOf(last.meta),
      limits: {
        gatewayIngressEventsMax: 100_000,
        readWaitMs: 60_000,
        gatewayResumeTimeoutMs: 60_000,
      },
      gatherMs,
      reactionCount: (id, emoji) =>
        Promise.resolve(readModels.now().messages.get(id)?.reactors.get(emoji)?.size ?? 0),
      people: {
        ...NOBODY_KNOWN,
        friendIdsOf: (one) =>
          Promise.resolve(
            users.map(userId).filter((id) => readModels.now().friends.has(`${one} ${id}`)),
          ),
        guildsOfPerson: (one) =>
          Promise.resolve(readModels.now().members.has(one) ? [guildId(1)] : []),
      },
    });
    await harness.gateway.listen('test', 1);
    let lastDispatch: Promise<void> = Promise.resolve();
    return {
      connect: transport.connect,
      delivered: () => delivered,
      /** The news since the last time, in one batch: read models first, then permissions, then sockets. */
      deliver: (): void => {
        const batch = log.slice(delivered);
        for (const event of log.slice(projectedTo)) readModels.fold(event);
        projectedTo = log.length;
        delivered = log.length;
        if (batch.length > 0) lastDispatch = harness.happen(...batch);
      },
      /** The next batch only follows when the last is told, as in the pipeline. */
      isIdle: () => lastDispatch,
      stop: () => harness.gateway.close(0),
    };
  };

  return {
    log,
    happen: (event: DomainEvent): void => {
      const n = log.length + 1;
      const meta: Recorded['meta'] = {
        position: positionNo(n),
        stream: 'stream',
        revision: n,
        eventId: `event-${String(n).padStart(8, '0')}`,
        version: 1,
        recordedAt: noon,
        actor: 'system',
        correlationId: `request-${n}`,
        causationId: null,
      };
      log.push({ ...event, meta });
      told.fold(event);
      visibleAt.push(told.now().visible);
      membersAt.push(new Set(told.now().members));
    },
    /** The truth at the end of the log. */
    truth: () => told.now(),
    projected: () => readModels.now(),
    isMemberAt: (user: number, at: number): boolean => membersAt[at]?.has(userId(user)) === true,
    mayEverSee: (user: number, channel: string, from: number, to: number): boolean => {
      for (let at = from; at <= to; at += 1)
        if (visibleAt[at]?.has(`${userId(user)} ${channel}`) === true) return true;
      return false;
    },
    startProcess,
  };
};
export type World = ReturnType<typeof createWorld>;
export type Process = Awaited<ReturnType<World['startProcess']>>;
