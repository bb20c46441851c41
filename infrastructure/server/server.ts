// The whole product in one process: foundation, slices, pipeline, listeners, and the way down.
import path from 'node:path';
import { createOpenAbout } from '../../application/account/about-texts.ts';
import { createMessageContents } from '../../application/message/message-contents.ts';
import { tokenize } from '../../application/markdown/tokenize.ts';
import { type Position } from '../../application/event-store/event-log.ts';
import { installationId } from '../auth/tokens.ts';
import { openBlobStore } from '../blob/open-blob-store.ts';
import { createGateway, type Gateway } from '../gateway/gateway.ts';
import { type People } from '../gateway/people-announcers.ts';
import { createTransport } from '../gateway/transport.ts';
import { createClientAddress } from '../http/client-address.ts';
import { documentsRoutes } from '../http/documents-routes.ts';
import { operationsRoutes, type ReadinessCheck } from '../http/operations-routes.ts';
import { createHttpServer, type HttpServer } from '../http/server.ts';
import { type Log } from '../logging/log.ts';
import { type Peers } from '../peers/peers.ts';
import { createMetrics, type ServerMetrics } from '../metrics/metrics.ts';
import { type Config } from '../config/config.ts';
import { contentSecurityPolicy, createWebFiles } from '../web-files/web-files.ts';
import { openAddressBans } from './address-bans.ts';
import { createAccountSlice } from './account-slice.ts';
import { createNewId } from './clock-and-ids.ts';
import { openFoundation, type Foundation, type ServerFoundation } from './foundation.ts';
import { createFriendRoutes } from './friend-slice.ts';
import { createGuildSlice } from './guild-slice.ts';
import { createAccountEraser, createEraser } from './eraser.ts';
import { createForgetErased } from './forget-erased.ts';
import { startHousekeeping } from './housekeeping.ts';
import { addNotaryGauges, startServerNotary } from './notary-slice.ts';
import { startPeerSlice } from './peer-slice.ts';
import { createPictureSlice } from './picture-slice.ts';
import { createResumeSource, placeAt } from './resume-slice.ts';
import { startPipeline, type Batch } from './pipeline.ts';
import { createRepeatedReactions } from './repeated-reactions.ts';
import { openReadModels } from './read-models.ts';

export type RunningServer = {
  readonly httpUrl: string;
  readonly gatewayUrl: string;
  readonly webSockets: 'native' | 'javascript';
  /** Rejects when a part died that the server can't do without. */
  readonly failed: Promise<never>;
  /** Stops accepting, finishes what was accepted, and closes everything in the opposite order of opening. */
  readonly stop: () => Promise<void>;
};

const GATEWAY_DRAIN_MS = 2000;
const reasonOf = (cause: unknown) => (cause instanceof Error ? cause.message : String(cause));
const LOOPBACK = ['127.0.0.0/8', '::1/128'];

const urlOf = (scheme: string, { host, port }: { host: string; port: number }) =>
  `${scheme}://${host.includes(':') ? `[${host}]` : host}:${port}`;

const createSlices = async (foundation: ServerFoundation, log: Log) => {
  const { config, sealer, pool } = foundation;
  const contents = createMessageContents({
    sealer,
    tokenize,
    cacheBytesMax: config.limits.contentCacheBytesMax,
  });
  const models = await openReadModels(foundation, contents, log);
  const newId = createNewId(foundation.clock, await models.readers.messages.newestId());
  const accounts = await createAccountSlice(foundation, {
    newId,
    reader: models.readers.accounts,
    log,
  });
  const addressBans = await openAddressBans(foundation, models.readers.ipBans, log);
  const repeats = createRepeatedReactions({
    head: foundation.store.head,
    readPosition: models.readPosition,
    log,
  });
  const guilds = createGuildSlice(foundation, {
    newId,
    tellAgain: repeats.tellAgain,
    readers: models.readers,
    contents,
    addressBans,
    log,
  });
  const { readers, readPosition } = models;
  const people: People = {
    lookup: readers.accounts.lookup,
    friendIdsOf: readers.friends.friendIdsOf,
    guildsOfPerson: readers.guildsOfPerson,
    openAbout: createOpenAbout({ sealer }),
  };
  const friendRoutes = createFriendRoutes(foundation, {
    newId,
    people: readers.accounts,
    friends: readers.friends,
    readPosition,
  });
  const pictures = createPictureSlice(foundation, { newId, people: readers.accounts, log });
  const startPlace = await placeAt(readers.feed, models.start, foundation.store.start);
  return {
    pool,
    contents,
    models,
    accounts,
    guilds,
    repeats,
    addressBans,
    people,
    friendRoutes,
    pictures,
    startPlace,
  };
};

type Slices = Awaited<ReturnType<typeof createSlices>>;

const openGateway = (
  foundation: Foundation,
  { accounts, guilds, contents, models, addressBans, people, startPlace }: Slices,
  { presence }: Pick<Peers, 'presence'>,
  metrics: ServerMetrics,
  log: Log,
) => {
  const { config, clock } = foundation;
  const { limits } = config;
  const transport = createTransport(limits);
  // The HTTP port's own tunnel is a trusted hop; see gateway-tunnel.ts.
  const addressOf = createClientAddress({
    trustedProxies: [...LOOPBACK, ...config.trustedProxies],
  });
  const gateway = createGateway({
    transport,
    authenticate: accounts.authenticator.authenticate,
    findSession: accounts.sessions.find,
    access: guilds.access,
    guardAddress: addressBans.guardAddress,
    contents,
    postMessage: guilds.postMessage,
    attachmentsOf: models.readers.attachments.ofMessages,
    reactionCount: async (messageId, emoji, readerId) =>
      (await models.readers.messages.reaction({ messageId, emoji, readerId })).count,
    presence,
    people,
    resume: createResumeSource(foundation, models.readers, guilds.access),
    startPlace,
    metrics,
    log,
    limits,
    clock,
    clientAddress: ({ peerAddress, forwardedFor }) =>
      addressOf(peerAddress, forwardedFor === '' ? undefined : forwardedFor) ?? peerAddress,
  });
  return { gateway, webSockets: transport.implementation };
};

const startFollowing = (
  from: Position,
  { store, dataKeys }: Foundation,
  { models, accounts, guilds, addressBans, contents }: Slices,
  gateway: Gateway,
  log: Log,
) => {
  const forgetErased = createForgetErased({ dataKeys, contents });
  return startPipeline(from, {
    store,
    access: {
      apply: (batch: Batch) => {
        guilds.access.apply(batch);
        addressBans.blocklist.apply(batch);
        guilds.attachments.apply(batch);
      },
    },
    revoke: (batch: Batch) => {
      forgetErased(batch);
      for (const event of batch) {
        if (event.type === 'SessionRevoked') accounts.authenticator.revoke(event.data.sessionId);
      }
    },
    project: models.apply,
    reached: models.readPosition.advance,
    announce: gateway.dispatch,
    keepSealed: models.keepSealed,
    log,
  });
};

const readinessOf = (
  { pool, models }: Slices,
  hasFailed: () => boolean,
): readonly ReadinessCheck[] => [
  { name: 'database', isReady: async () => (await pool.query('SELECT 1')).rowCount === 1 },
  { name: 'pipeline', isReady: () => Promise.resolve(!hasFailed()) },
  { name: 'projections', isReady: () => Promise.resolve(models.isHealthy()) },
];

type Listening = {
  readonly http: HttpServer;
  readonly httpUrl: string;
  readonly gatewayUrl: string;
};

const listen = async (
  foundation: Foundation,
  slices: Slices,
  gateway: Gateway,
  metrics: ServerMetrics,
  log: Log,
  hasFailed: () => boolean,
): Promise<Listening> => {
  const { config } = foundation;
  const { limits, bindAddress, gatewayBindAddress } = config;
  const gatewayAddress = await gateway.listen(gatewayBindAddress.host, gatewayBindAddress.port);
  const gatewayUrl = `${urlOf('ws', gatewayAddress)}/gateway/ws`;
  const isLocal = ['127.0.0.1', '::1', 'localhost'].includes(gatewayAddress.host);
  // Browsers elsewhere can't reach a loopback address; they take the tunnel of the HTTP origin.
  const direct = config.publicGatewayUrl ?? (isLocal ? gatewayUrl : null);
  const routes = [
    ...slices.accounts.routes,
    ...slices.guilds.routes,
    ...slices.friendRoutes,
    ...slices.pictures.routes,
    ...slices.models.searchRoutes(slices.guilds.access),
    ...operationsRoutes({
      metricsText: metrics.text,
      readiness: readinessOf(slices, hasFailed),
      clientConfig: () => ({
        gateway_url: direct,
        message_bytes_max: limits.messageBytesMax,
        captcha_site_key: config.captchaSiteKey,
      }),
    }),
  ];
  const http = createHttpServer({
    routes: [...routes, ...documentsRoutes(routes)],
    authenticate: slices.accounts.authenticator.authenticate,
    guardAddress: slices.addressBans.guardAddress,
    limits,
    metrics,
    readPosition: slices.models.readPosition,
    log,
    trustedProxies: config.trustedProxies,
    logsTimings: config.debugRequestTimings !== null,
    gateway: () => gatewayAddress,
    observe: metrics.httpAnswer,
    files: createWebFiles({
      folder: path.join(import.meta.dirname, '../web'),
      policy: () =>
        contentSecurityPolicy(
          direct === null ? [] : [new URL(direct).origin.replace(/^http/, 'ws')],
        ),
    }),
  });
  const httpAddress = await http.listen(bindAddress).catch((cause: unknown) => {
    throw new Error(
      `Can't listen on ${bindAddress.host}:${bindAddress.port} (${reasonOf(cause)}). ` +
        'Stop what uses the address, or set FILAMENT_BIND_ADDR to another.',
      { cause },
    );
  });
  const httpUrl = urlOf('http', httpAddress);
  return { http, httpUrl, gatewayUrl };
};

/** Starts everything; rejects, with everything closed again, when a part can't start. */
export const startServer = async (config: Config, log: Log): Promise<RunningServer> => {
  const foundation = await openFoundation(config, log);
  const closers: (() => Promise<void>)[] = [foundation.close];
  const stop = async () => {
    for (const close of closers.reverse()) {
      await close().catch((err: unknown) => log.error({ event: 'server.stop_failed', err }));
    }
  };
  try {
    const metrics = createMetrics();
    const blobs = await openBlobStore(config, {
      installation: installationId(foundation.secrets.masterKey),
      log,
    });
    closers.push(blobs.close);
    const slices = await createSlices({ ...foundation, blobs }, log);
    closers.push(slices.models.close);
    const peers = startPeerSlice(foundation, slices.repeats);
    const { gateway, webSockets } = openGateway(foundation, slices, peers, metrics, log);
    peers.toldBy(gateway);
    const pipeline = startFollowing(slices.models.start, foundation, slices, gateway, log);
    let failed = false;
    pipeline.failed.catch(() => (failed = true));
    closers.push(pipeline.stop);
    const housekeeping = startHousekeeping(
      foundation,
      slices.accounts.ring,
      [
        slices.guilds.attachments.sweep,
        slices.pictures.sweep,
        createEraser(foundation, slices.models.readers, log),
        createAccountEraser(
          { ...foundation, blobs },
          { ...slices.models.readers, indexedTo: slices.models.indexedTo },
          log,
        ),
      ],
      slices.models.isProjecting,
      log,
    );
    slices.models.onTakeOver(housekeeping.sweepNow);
    closers.push(housekeeping.stop);
    const notary = startServerNotary(foundation, slices.models.isProjecting, log);
    closers.push(notary.stop);
    addNotaryGauges(notary, metrics, foundation);
    slices.models.addGauges(metrics);
    metrics.gauge(
      'filament_gateway_connections',
      'Open gateway connections.',
      gateway.connectionCount,
    );
    metrics.gauge('filament_peers', 'Other processes of the database heard.', peers.count);
    // Before it listens: if the other port is taken, nothing else would end it, and the process would never end.
    closers.push(() => gateway.close(GATEWAY_DRAIN_MS));
    closers.push(peers.close);
    const { http, httpUrl, gatewayUrl } = await listen(
      foundation,
      slices,
      gateway,
      metrics,
      log,
      () => failed,
    );
    closers.push(http.close);
    return { httpUrl, gatewayUrl, webSockets, failed: pipeline.failed, stop };
  } catch (error) {
    await stop();
    throw error;
  }
};
