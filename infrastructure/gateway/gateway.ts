// The gateway: the one place where sockets, subscriptions, commands and announcements meet.
import { type GuildAccess } from '../../application/access/guild-access.ts';
import { type Recorded, type Undecodable } from '../../application/event-store/event-store.ts';
import { type GuardAddress } from '../../application/ip-ban/guard-address.ts';
import { type Limits } from '../../application/limits.ts';
import { type MessageContents } from '../../application/message/message-contents.ts';
import { type PostMessage } from '../../application/message/post-message.ts';
import { type RepeatedReaction } from '../../application/message/react-to-message.ts';
import { type Metrics } from '../../application/metrics.ts';
import { type Clock } from '../../application/ports.ts';
import { createPresence, type Presence } from '../../application/presence/presence.ts';
import { type Authenticate } from '../../application/session/authentication.ts';
import { type SessionVault } from '../../application/session/session-vault.ts';
import { type Place, placeText } from '../../application/feed/place.ts';
import { type SessionId } from '../../domain/shared/ids.ts';
import { createGatekeeper } from './admission.ts';
import { createAnnouncements } from './announcements.ts';
import { createAudience } from './audience.ts';
import { createCommands } from './commands.ts';
import { type Connection, type GatewayLog } from './connection.ts';
import { createConnections, type Connections } from './connections.ts';
import { createDisconnections, type Disconnections } from './disconnections.ts';
import { createGuildMates } from './guild-mates.ts';
import { createMessageTexts, type AttachmentsOf, type ReactionCount } from './message-texts.ts';
import { createOutbox, type Outbox } from './outbox.ts';
import { peopleAnnouncers, type People } from './people-announcers.ts';
import { createPlacedOutbox } from './placed-outbox.ts';
import { createTellPresence, type TellPresence } from './presence-elsewhere.ts';
import { createTellRepeat } from './repeated-reaction.ts';
import { createReception } from './reception.ts';
import { type ResumeSource } from './replay-pages.ts';
import { createRevocation } from './revocation.ts';
import { createSlowConsumers } from './slow-consumers.ts';
import { createMomentFrames } from './subscribing.ts';
import { createTelling } from './told.ts';
import { createUserFanout } from './user-fanout.ts';
import { createWatchman } from './watchman.ts';
import { type Address, type UpgradeRequest, type WebSocketPort } from './web-socket-port.ts';

export type GatewayDependencies = {
  readonly transport: WebSocketPort;
  readonly authenticate: Authenticate;
  readonly findSession: SessionVault['find'];
  readonly access: GuildAccess;
  readonly guardAddress: GuardAddress;
  readonly contents: MessageContents;
  readonly postMessage: PostMessage;
  readonly reactionCount: ReactionCount;
  /** By default that of this gateway's own sockets. */
  readonly presence?: Presence;
  readonly people: People;
  readonly attachmentsOf: AttachmentsOf;
  readonly resume: ResumeSource;
  /** Of the last event before the batches that will be dispatched. */
  readonly startPlace: Place;
  readonly metrics: Metrics;
  readonly log: GatewayLog;
  readonly limits: Limits;
  readonly clock: Clock;
  /** Whose connection it is behind trusted proxies; by default the peer's address. */
  readonly clientAddress?: (request: UpgradeRequest) => string;
  /** By default every origin may: the token is never sent by a browser on its own, as a cookie would be. */
  readonly allowsOrigin?: (origin: string) => boolean;
  /** How long frames may wait for others under load; by default GATHER_MS. */
  readonly gatherMs?: number;
};

export type Gateway = {
  /** Resolves with the actual address (port 0 picks one); rejects when it is taken. */
  readonly listen: (host: string, port: number) => Promise<Address>;
  /** Announces a batch of the log, in order, after earlier batches; resolves when it is handed to the transport. */
  readonly dispatch: (batch: readonly (Recorded | Undecodable)[]) => Promise<void>;
  /** Tells again of a reaction that changed nothing, after every batch dispatched before. */
  readonly repeatReaction: (repeat: RepeatedReaction) => Promise<void>;
  /** Tells people here of one who came online or went offline because of other processes. */
  readonly tellPresence: TellPresence['tell'];
  /** Ends the sockets of a session now; SessionRevoked events do so by themselves. */
  readonly closeSession: (sessionId: SessionId) => void;
  /** Stops listening, lets running commands finish for at most `drainMs`, then tells every socket 1012 and ends it. */
  readonly close: (drainMs: number) => Promise<void>;
  readonly connectionCount: () => number;
};

const GATHER_MS = 5;

const monotonic = () => performance.now();

/** How frames leave and sockets end. */
const createDelivery = ({
  transport,
  metrics,
  limits,
  log,
  gatherMs = GATHER_MS,
  presence = createPresence(),
}: GatewayDependencies) => {
  const connections = createConnections();
  const audience = createAudience({ presence });
  // Ending a socket tells others of it, and telling others may find a slow one to end: the knot is tied here.
  const disconnections = createDisconnections({
    connections,
    audience,
    outbox: (): Outbox => outbox,
    metrics,
    log,
  });
  const onSlow = (connection: Connection) => disconnections.disconnect(connection, 'slow_consumer');
  const slowConsumers = createSlowConsumers({
    connections: connections.all,
    bufferedBytesMax: limits.gatewayOutboundBytesMax,
    onSlow,
    monotonic,
  });
  const outbox = createOutbox({
    port: transport,
    audience,
    metrics,
    log,
    slowConsumers,
    onSlow,
    eventBytesMax: limits.gatewayEventBytesMax,
    outboundBytesMax: limits.gatewayOutboundBytesMax,
    gatherMs,
    monotonic,
  });
  const presenceElsewhere = createTellPresence({ presence, audience, outbox });
  return { connections, presence, presenceElsewhere, audience, disconnections, outbox };
};

/** Everything that goes out: who hears what, through which queue, and how sockets end. */
const createVoice = (dependencies: GatewayDependencies) => {
  const { metrics, limits, log, access, people, startPlace } = dependencies;
  const { contents, reactionCount, attachmentsOf } = dependencies;
  const delivery = createDelivery(dependencies);
  const { connections, audience, disconnections, outbox } = delivery;
  const guildMates = createGuildMates(people);
  const telling = createTelling(startPlace);
  const placed = createPlacedOutbox(outbox);
  const revocation = createRevocation({ access, audience, outbox, placed, log });
  const fanout = createUserFanout({
    // Those that want places were told already, in the order of the log.
    socketsOf: (userId) => connections.ofUser(userId).filter(({ wantsPlaces }) => !wantsPlaces),
    outbox,
    metrics,
    peopleMax: limits.gatewayUserFanoutMax,
  });
  const announce = createAnnouncements({
    guildMates,
    peopleAnnouncers: peopleAnnouncers({
      people,
      connections,
      guildMates,
      fanout,
      outbox: placed,
      metrics,
      friendsMax: limits.friendsPerUserMax,
      peopleMax: limits.gatewayUserFanoutMax,
      log,
    }),
    audience,
    outbox: placed,
    telling,
    cutOff: (hearers) => {
      for (const connection of [...hearers])
        if (connection.wantsPlaces) disconnections.disconnect(connection, 'connection_closed');
    },
    revocation,
    texts: createMessageTexts({ contents, reactionCount, attachmentsOf, audience, metrics, log }),
    endSession: disconnections.endSession,
    log,
  });
  const tellRepeat = createTellRepeat({ audience, outbox, reactionCount });
  return { ...delivery, announce, tellRepeat, guildMates, fanout, telling, revocation };
};

const createWatch = (
  { findSession, limits, clock, log }: GatewayDependencies,
  connections: Connections,
  { disconnect, endForSession }: Disconnections,
) =>
  createWatchman({
    connections: connections.all,
    findSession,
    onDead: (connection) => disconnect(connection, 'connection_closed'),
    onSessionOver: endForSession,
    limits,
    clock,
    monotonic,
    log,
  });

const createPerform = (
  dependencies: GatewayDependencies,
  voice: ReturnType<typeof createVoice>,
): ReturnType<typeof createCommands> => {
  const { access, guardAddress, postMessage, resume, people, limits, clock, log } = dependencies;
  const { presence, audience, outbox, guildMates, telling, revocation, disconnections } = voice;
  return createCommands({
    access,
    guardAddress,
    postMessage,
    moment: createMomentFrames({ presence, limits, clock }),
    told: telling,
    resume,
    people,
    guildMates,
    holdsInChannel: revocation.holdsInChannel,
    monotonic,
    audience,
    outbox,
    disconnect: disconnections.disconnect,
    limits,
    log,
  });
};

export const createGateway = (dependencies: GatewayDependencies): Gateway => {
  const { transport, limits, metrics, clock, findSession } = dependencies;
  const voice = createVoice(dependencies);
  const { connections, disconnections, outbox, announce } = voice;
  const watchman = createWatch(dependencies, connections, disconnections);
  let isClosing = false;
  const gatekeeper = createGatekeeper({
    authenticate: dependencies.authenticate,
    findSession,
    follow: voice.guildMates.follow,
    clientAddress: dependencies.clientAddress ?? (({ peerAddress }) => peerAddress),
    allowsOrigin: dependencies.allowsOrigin ?? (() => true),
    isClosing: () => isClosing,
    metrics,
    limits,
    clock,
  });
  const receive = createReception({
    welcome: () => ({
      installation_id: dependencies.resume.installationId,
      position: placeText(voice.telling.place()),
    }),
    connections,
    outbox,
    perform: createPerform(dependencies, voice),
    disconnections,
    metrics,
    limits,
    monotonic,
  });
  let lastTurn: Promise<void> = Promise.resolve();
  const inTurn = (work: () => Promise<void>): Promise<void> => {
    const done = lastTurn.then(work);
    lastTurn = done.catch(() => {}); // What fails is its caller's to hear of, not the next one's.
    return done;
  };

  return {
    listen: async (host, port) => {
      const upgrade = (request: UpgradeRequest) => gatekeeper.admit(request, receive);
      const address = await transport.listen({ host, port, upgrade });
      watchman.start();
      return address;
    },
    dispatch: (batch) => inTurn(() => announce(batch)),
    repeatReaction: (repeat) => inTurn(() => voice.tellRepeat(repeat)),
    tellPresence: voice.presenceElsewhere.tell,
    closeSession: disconnections.endSession,
    close: async (drainMs) => {
      isClosing = true;
      transport.stopListening();
      await disconnections.endAll(drainMs);
      watchman.stop();
      voice.telling.stop();
      voice.presenceElsewhere.stop();
      voice.fanout.stop();
      outbox.stop();
    },
    connectionCount: () => connections.all().size,
  };
};
