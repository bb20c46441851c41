// A gateway with everything around it in memory.
import { left, right } from 'fp-ts/lib/Either.js';
import { type GuildAccess } from '../../../application/access/guild-access.ts';
import { type DomainEvent } from '../../../application/event-store/event-catalogue.ts';
import { type Recorded } from '../../../application/event-store/event-store.ts';
import { type Limits } from '../../../application/limits.ts';
import { type Metrics } from '../../../application/metrics.ts';
import { type PostMessage } from '../../../application/message/post-message.ts';
import { type Message } from '../../../application/contract/answers.ts';
import { type SessionState } from '../../../application/session/session-vault.ts';
import { type SessionId, type UserId } from '../../../domain/shared/ids.ts';
import { type Timestamp } from '../../../domain/shared/timestamp.ts';
import { createGateway, type GatewayDependencies } from '../gateway.ts';
import { type People } from '../people-announcers.ts';
import { type ResumeSource } from '../replay-pages.ts';
import { startPlace } from '../resume-checks.ts';
import { type WebSocketPort } from '../web-socket-port.ts';
import { createFakeAccess } from './fake-access.ts';
import {
  channelId,
  guildId,
  LIMITS,
  messageId,
  noon,
  positionNo,
  recorded,
  sessionId,
  userId,
} from './samples.ts';

const FAR_OFF = 1e15 as Timestamp;

export const tokenFor = (user: number, session = user) => `token-${user}-${session}`;

/** Counts by `name label label`. */
export const createCountingMetrics = () => {
  const counts: Record<string, number> = {};
  const count = (key: string, by = 1) => {
    counts[key] = (counts[key] ?? 0) + by;
  };
  const metrics: Metrics = {
    authFailure: (reason) => count(`auth_failure ${reason}`),
    rateLimitHit: () => count('rate_limit_hit'),
    gatewayDisconnect: (reason) => count(`disconnect ${reason}`),
    gatewayEmitted: (scope, type, by) => count(`emitted ${scope} ${type}`, by),
    gatewayDropped: (scope, type, reason) => count(`dropped ${scope} ${type} ${reason}`),
    gatewayUnknownReceived: () => count('unknown_received'),
    gatewayParseRejected: (reason) => count(`parse_rejected ${reason}`),
  };
  return { metrics, counts };
};

const createSessions = () => {
  const sessions = new Map<SessionId, SessionState>();
  return {
    start: (user: UserId, session: SessionId): void => {
      if (sessions.has(session)) return;
      sessions.set(session, {
        sessionId: session,
        userId: user,
        startedAt: noon,
        refreshedAt: null,
        expiresAt: FAR_OFF,
        revoked: false,
      });
    },
    change: (session: SessionId, change: Partial<SessionState>): void => {
      const state = sessions.get(session);
      if (state) sessions.set(session, { ...state, ...change });
    },
    find: (session: SessionId) => Promise.resolve(sessions.get(session) ?? null),
  };
};

/** Answers as a route would, without storing; `refusing` is posted to see a failure. */
export const echoMessage = (request: Parameters<PostMessage>[0]): Message => ({
  message_id: messageId(1),
  guild_id: request.guildId,
  channel_id: request.channelId,
  author_id: request.by,
  content: request.content,
  markdown_tokens: [],
  attachments: [],
  reactions: [],
  created_at_unix: (noon / 1000) as Message['created_at_unix'],
});

/** Everybody has a name, and nobody a friend or a guild. */
export const NOBODY_KNOWN: People = {
  lookup: (userIds) =>
    Promise.resolve(
      userIds.map((id) => ({
        userId: id,
        username: `name of ${id}`,
        registeredAt: noon,
        avatarVersion: 0,
        bannerVersion: 0,
      })),
    ),
  friendIdsOf: () => Promise.resolve([]),
  guildsOfPerson: () => Promise.resolve([]),
  openAbout: ({ box }) => Promise.resolve(box),
};

/** Nobody was ever away. */
export const NOTHING_MISSED: ResumeSource = {
  installationId: 'this-installation',
  head: () => Promise.resolve(positionNo(0)),
  eventsAt: () => Promise.resolve([]),
  feed: {
    page: () => Promise.resolve([]),
    markAt: () => Promise.resolve(null),
    lastUpTo: () => Promise.resolve(null),
    lastRemoval: () => Promise.resolve(null),
    missed: () => Promise.resolve([]),
  },
  messagesNow: () => Promise.resolve([]),
  knownTo: () => Promise.resolve(new Set()),
  visibleChannels: () => Promise.resolve([]),
};

export const createHarness = ({
  port,
  limits = {},
  access = createFakeAccess(),
  people = NOBODY_KNOWN,
  ...rest
}: {
  readonly port: WebSocketPort;
  readonly limits?: Partial<Limits>;
  readonly access?: GuildAccess;
  readonly people?: People;
} & Omit<Partial<GatewayDependencies>, 'limits'>) => {
  const { metrics, counts } = createCountingMetrics();
  const sessions = createSessions();
  const logged: Readonly<Record<string, unknown>>[] = [];
  const note = (fields: Readonly<Record<string, unknown>>) => void logged.push(fields);
  const gateway = createGateway({
    transport: port,
    authenticate: async (token) => {
      const [, user, session] = /^token-(\d+)-(\d+)$/.exec(token) ?? [];
      if (user === undefined || session === undefined) return left({ type: 'Unauthenticated' });
      const ids = { userId: userId(Number(user)), sessionId: sessionId(Number(session)) };
      sessions.start(ids.userId, ids.sessionId);
      return Promise.resolve(right({ ...ids, username: `user${user}`, expiresAt: FAR_OFF }));
    },
    findSession: sessions.find,
    access,
    guardAddress: () => false,
    contents: {
      render: (sealed) =>
        Promise.resolve(sealed.map(({ box }) => ({ content: box ?? '', tokens: [] }))),
      remember: (_eventId, content) => ({ content, tokens: [] }),
      forget: () => {},
      forgetAll: () => {},
    },
    postMessage: (request) =>
      Promise.resolve(
        request.content === 'refusing'
          ? left({ type: 'Forbidden' })
          : right({ answer: echoMessage(request), position: null }),
      ),
    reactionCount: () => Promise.resolve(3),
    people,
    attachmentsOf: () => Promise.resolve(new Map()),
    resume: NOTHING_MISSED,
    startPlace: startPlace(positionNo(0)),
    metrics,
    log: { info: note, warn: note, error: note },
    limits: { ...LIMITS, ...limits },
    clock: { now: () => Date.now() as Timestamp },
    gatherMs: 0,
    ...rest,
  });
  return {
    gateway,
    counts,
    logged,
    sessions,
    /** As the pipeline does: permissions first, then the announcement. */
    happen: (...events: readonly (DomainEvent | Recorded)[]): Promise<void> => {
      const batch = events.map((event) => ('meta' in event ? event : recorded(event)));
      access.apply(batch);
      return gateway.dispatch(batch);
    },
  };
};

const by = userId(1);
/** Events of guild 1, where nothing else is said. */
export const events = {
  channel: (channel: number): DomainEvent => ({
    type: 'ChannelCreated',
    data: {
      guildId: guildId(1),
      channelId: channelId(channel),
      name: `channel ${channel}`,
      kind: 'text',
      by,
      at: noon,
    },
  }),
  joined: (user: number): DomainEvent => ({
    type: 'MemberJoined',
    data: { guildId: guildId(1), userId: userId(user), by, at: noon, cause: 'added' },
  }),
  kicked: (user: number): DomainEvent => ({
    type: 'MemberKicked',
    data: { guildId: guildId(1), userId: userId(user), by, at: noon },
  }),
  banned: (user: number): DomainEvent => ({
    type: 'MemberBanned',
    data: { guildId: guildId(1), userId: userId(user), by, at: noon },
  }),
  posted: (message: number, channel: number, content: string): DomainEvent => ({
    type: 'MessagePosted',
    data: {
      messageId: messageId(message),
      guildId: guildId(1),
      channelId: channelId(channel),
      authorId: by,
      content,
      attachmentIds: [],
      at: noon,
    },
  }),
  denied: (user: number, channel: number): DomainEvent => ({
    type: 'ChannelOverrideSet',
    data: {
      guildId: guildId(1),
      channelId: channelId(channel),
      target: { kind: 'member', userId: userId(user) },
      allow: [],
      deny: ['create_message'],
      by,
      at: noon,
    },
  }),
};
