// The HTTP port: limits, identity, deadlines and headers of every request, then routes, then the web client's files.
import { METHODS, type IncomingMessage } from 'node:http';
import { type AddressInfo } from 'node:net';
import fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify';
import { type GuardAddress } from '../../application/ip-ban/guard-address.ts';
import { type Limits } from '../../application/limits.ts';
import { type Metrics } from '../../application/metrics.ts';
import { type ReadPosition } from '../../application/ports.ts';
import { type Authenticate } from '../../application/session/authentication.ts';
import { type Log } from '../logging/log.ts';
import { beforeRoutes, beginAnswer } from './before-routes.ts';
import { createClientAddress, limiterKey } from './client-address.ts';
import { answerClientError } from './client-error.ts';
import { addEdges, type Files } from './edges.ts';
import { INVALID_REQUEST, UNSUPPORTED_MEDIA_TYPE } from './failure-answer.ts';
import { createGatewayTunnel } from './gateway-tunnel.ts';
import { refuseOtherMethods } from './other-methods.ts';
import { createRateLimiter } from './rate-limiter.ts';
import { type RequestFacts } from './request-facts.ts';
import { type Route } from './route.ts';
import { isJson, sendFailure, serveRoute } from './serve-route.ts';
import { createSessionPositions } from './session-positions.ts';

export type HttpServer = {
  /** Port 0 picks a free one. Rejects when the address is taken. */
  readonly listen: (address: { readonly host: string; readonly port: number }) => Promise<{
    readonly host: string;
    readonly port: number;
  }>;
  /** Stops accepting, lets requests in flight finish for a while, then cuts what is left. */
  readonly close: () => Promise<void>;
};

export type HttpServerPorts = {
  readonly routes: readonly Route[];
  readonly authenticate: Authenticate;
  readonly guardAddress: GuardAddress;
  readonly limits: Limits;
  readonly metrics: Metrics;
  readonly readPosition: ReadPosition;
  readonly log: Log;
  readonly trustedProxies: readonly string[];
  readonly logsTimings?: boolean; // A line for every answer of a route
  readonly gateway: () => { readonly host: string; readonly port: number } | null;
  /** Told of every answer of a route, for counting. */
  readonly observe?: (route: string, status: number, seconds: number) => void;
  /** Serves what no route does (the web client's files); false when it has nothing at that path. */
  readonly files?: Files;
};

// Above it a request is worth a log line of its own, whatever its status.
const SLOW_MS = 1_000;
const DRAIN_MS = 5_000;
// Tunnelled gateway connections included. Past it new ones are dropped rather than all slowed down.
export const CONNECTIONS_MAX = 16_384;
// All that Node can read, QUERY and PROPFIND among them. CONNECT has no path.
const READABLE_METHODS = METHODS.filter((method) => method !== 'CONNECT');
/** Limiters of base contract 1.4 that single routes name. */
const AUTH_LIMITERS = [
  'register',
  'login',
  'refresh',
  'profile_update',
  'profile_avatar_upload',
  'profile_banner_upload',
];

// What people did about their accounts, as base contract 6.4 names it: `auth.login` and an outcome, never who.
const logAccountAnswer = (log: Log, { url }: Route, status: number, requestId: string): void => {
  const event = url.slice(1).replace('/', '.');
  const line = { event, outcome: status < 400 ? 'ok' : 'refused', status, request_id: requestId };
  // Clients refresh all day; only what goes wrong there is news.
  if (url === '/auth/refresh' && status < 400) log.debug(line);
  else log.info(line);
};

const JOIN = '/guilds/:guildId/join';

/** The line about what happened on a route, as base contract 6.4 names it; most need none. */
const logNamedAnswer = (log: Log, route: Route, status: number, requestId: string): void => {
  const { method, url, limit } = route;
  if (status === 429 && limit !== undefined)
    log.info({ event: 'auth.rate_limit', limiter: limit, request_id: requestId });
  else if (status === 429 && url === JOIN)
    log.info({ event: 'directory.join.rate_limit', request_id: requestId });
  else if (method === 'POST' && url.startsWith('/auth/'))
    logAccountAnswer(log, route, status, requestId);
  else if (method === 'POST' && url === '/guilds' && status < 400)
    log.info({ event: 'guild.create', outcome: 'ok', request_id: requestId });
};

const logAnswer =
  ({ log, observe, logsTimings = false }: HttpServerPorts) =>
  (route: Route, status: number, facts: RequestFacts): void => {
    clearTimeout(facts.deadline);
    const ms = performance.now() - facts.startedAt;
    observe?.(route.url, status, ms / 1000);
    const { requestId } = facts;
    logNamedAnswer(log, route, status, requestId);
    const { method, url } = route;
    const line = { method, route: url, status, ms: Math.round(ms), request_id: requestId };
    if (logsTimings) log.info({ event: 'http.timing', ...line });
    if (status < 500 && ms < SLOW_MS) return;
    log.warn({ event: status < 500 ? 'http.slow' : 'http.unavailable', ...line });
  };

const createApp = ({ limits }: HttpServerPorts) => {
  const app = fastify({
    logger: false,
    bodyLimit: limits.bodyBytesMax,
    // Of the longest request there is; each has a deadline of its own (before-routes.ts).
    requestTimeout: Math.max(limits.requestTimeoutMs, limits.uploadTimeoutMs),
    return503OnClosing: false,
    forceCloseConnections: 'idle',
    routerOptions: { maxParamLength: 512 },
    http: {
      headersTimeout: limits.requestTimeoutMs,
      connectionsCheckingInterval: Math.min(1_000, limits.requestTimeoutMs),
      maxHeaderSize: 16_384,
    },
    clientErrorHandler: answerClientError,
    // Paths that can't be decoded come to no hook and no route.
    frameworkErrors: (_error, request, reply) => {
      beginAnswer(request, reply);
      sendFailure(reply, INVALID_REQUEST);
    },
  });
  for (const method of READABLE_METHODS)
    if (!app.supportedMethods.includes(method)) app.addHttpMethod(method);
  return app;
};

const refuseWrongContent = (
  request: FastifyRequest,
  reply: FastifyReply,
  next: () => void,
): void => {
  if (isJson(request)) {
    next();
    return;
  }
  if (request.facts) clearTimeout(request.facts.deadline);
  sendFailure(reply, UNSUPPORTED_MEDIA_TYPE);
};

const addRoutes = (app: FastifyInstance, ports: HttpServerPorts): void => {
  const { routes, guardAddress, limits, metrics, readPosition } = ports;
  const surroundings = {
    metrics,
    positions: createSessionPositions({ readPosition, readWaitMs: limits.readWaitMs }),
    routeLimiters: Object.fromEntries(
      AUTH_LIMITERS.map((name) => [
        name,
        createRateLimiter({ perMinute: limits.authRequestsPerMinute }),
      ]),
    ),
    guardAddress,
    transferLimits: limits,
    brokenOff: ({ method, url }: Route, err: unknown, { requestId }: RequestFacts) =>
      ports.log.error({
        event: 'http.broken_off',
        method,
        route: url,
        request_id: requestId,
        err,
      }),
    answered: logAnswer(ports),
  };
  const addRoute = (to: FastifyInstance) => (route: Route) =>
    to.route({
      method: route.method,
      url: route.url,
      ...(route.takesBody && route.bodyOptional !== true && { onRequest: refuseWrongContent }),
      ...(route.transfers === 'upload' && { config: { deadlineMs: limits.uploadTimeoutMs } }),
      handler: serveRoute(route, surroundings),
    });
  routes.filter(({ transfers }) => transfers === undefined).forEach(addRoute(app));
  void app.register((streaming, _options, done) => {
    streaming.removeAllContentTypeParsers();
    streaming.addContentTypeParser('*', (_request, body, parsed) => parsed(null, body));
    routes.filter(({ transfers }) => transfers !== undefined).forEach(addRoute(streaming));
    done();
  });
  refuseOtherMethods(app, routes, READABLE_METHODS);
};

/** Builds the server; nothing listens before `listen`. */
export const createHttpServer = (ports: HttpServerPorts): HttpServer => {
  const { limits, trustedProxies, gateway } = ports;
  const addressOf = createClientAddress({ trustedProxies });
  const clientAddress = (request: IncomingMessage) => {
    const forwarded = request.headers['x-forwarded-for'];
    return addressOf(
      request.socket.remoteAddress,
      Array.isArray(forwarded) ? forwarded.join(',') : forwarded,
    );
  };
  const { take: admit } = createRateLimiter({ perMinute: limits.requestsPerMinute });
  const tunnel = createGatewayTunnel({
    gateway,
    clientAddress,
    admit: (address) => admit(limiterKey(address)),
  });
  const app = createApp(ports);
  app.decorateRequest('facts', null);
  app.removeAllContentTypeParsers();
  // Bodies arrive as bytes: each route says how it reads them, and a body nobody wants is never parsed.
  app.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => done(null, body));
  app.addHook('onRequest', beforeRoutes(ports, clientAddress, admit));
  addEdges(app, ports);
  addRoutes(app, ports);
  app.server.maxConnections = CONNECTIONS_MAX;
  app.server.on('upgrade', tunnel.upgrade);
  return {
    listen: async (address) => {
      await app.listen(address);
      const { address: host, port } = app.server.address() as AddressInfo;
      return { host, port };
    },
    close: async () => {
      const cut = setTimeout(() => app.server.closeAllConnections(), DRAIN_MS);
      tunnel.close();
      await app.close();
      clearTimeout(cut);
    },
  };
};
