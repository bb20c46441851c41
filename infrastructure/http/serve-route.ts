// The adapter between fastify and routes: read, decode, authenticate, limit, handle, answer. In this order, so that a bad
// body is 400 or 422 also without a token (base contract 1.3).
import { type FastifyReply, type FastifyRequest } from 'fastify';
import { isLeft, left, right, type Either } from 'fp-ts/lib/Either.js';
import { UNAUTHENTICATED, type Failure } from '../../application/failure.ts';
import { type Position } from '../../application/event-store/event-log.ts';
import { type GuardAddress } from '../../application/ip-ban/guard-address.ts';
import { type Metrics } from '../../application/metrics.ts';
import {
  answerOf,
  INVALID_REQUEST,
  UNPROCESSABLE,
  UNSUPPORTED_MEDIA_TYPE,
  type FailureAnswer,
} from './failure-answer.ts';
import { guardedWork } from './guarded-work.ts';
import { readJson } from './json-body.ts';
import { limiterKey } from './client-address.ts';
import { type RateLimiter } from './rate-limiter.ts';
import { headerOf, isOpen, type RequestFacts } from './request-facts.ts';
import {
  MIN_POSITION_HEADER,
  POSITION_HEADER,
  type Circumstances,
  type Outcome,
  type RawInput,
  type Refused,
  type Reply,
  type Route,
} from './route.ts';
import { type SessionPositions } from './session-positions.ts';
import {
  leaveBody,
  sendBytes,
  transferOf,
  type Transfer,
  type TransferLimits,
} from './transfer.ts';

export type RouteSurroundings = {
  readonly metrics: Metrics;
  readonly positions: SessionPositions;
  /** Limiters of single routes by their name; a route whose limiter is missing cannot be served. */
  readonly routeLimiters: Readonly<Record<string, RateLimiter>>;
  readonly guardAddress: GuardAddress;
  readonly transferLimits: TransferLimits;
  /** Called when the bytes of an answer ended before their end. */
  readonly brokenOff: (route: Route, error: unknown, facts: RequestFacts) => void;
  /** Called once for each answer of a route. */
  readonly answered: (route: Route, status: number, facts: RequestFacts) => void;
};

const IDEMPOTENCY_KEY = /^[\x21-\x7e]{1,128}$/;
const POSITION = /^(?:\d{20}|\d{40})$/;
const JSON_CONTENT_TYPE = /^application\/(?:[\w.+-]+\+)?json *(?:;|$)/i;

export const isJson = (request: FastifyRequest): boolean =>
  JSON_CONTENT_TYPE.test(request.headers['content-type'] ?? '');

export const sendFailure = (reply: FastifyReply, failure: FailureAnswer): void => {
  reply.code(failure.status).header('content-type', 'application/json');
  if (failure.retryAfterSecs !== undefined) reply.header('retry-after', failure.retryAfterSecs);
  void reply.send(failure.body);
};

const sendReply = (reply: FastifyReply, route: Route, done: Reply): void => {
  const status = done.status ?? route.status ?? 200;
  reply.code(status);
  if (route.headers !== undefined) reply.headers(route.headers);
  if (done.position !== null) reply.header(POSITION_HEADER, done.position);
  if (status === 204 || done.answer === undefined) void reply.send();
  else if (route.contentType !== undefined)
    void reply.header('content-type', route.contentType).send(done.answer);
  else void reply.header('content-type', 'application/json').send(JSON.stringify(done.answer));
};

/** Whether what stands behind the `?` is text: what isn't would be taken for another text, or kept as it stands. */
const isQueryDecodable = (url: string): boolean => {
  const start = url.indexOf('?');
  if (start < 0 || !url.includes('%', start)) return true;
  try {
    decodeURIComponent(url.slice(start));
    return true;
  } catch {
    return false;
  }
};

const readInput = (route: Route, request: FastifyRequest): Either<FailureAnswer, RawInput> => {
  const { params, query } = request as {
    readonly params: RawInput['params'];
    readonly query: Readonly<Record<string, unknown>>;
  };
  if (!isQueryDecodable(request.url)) return left(INVALID_REQUEST);
  // No text of ours may hold a NUL, and PostgreSQL takes none. In a path it just makes an id unknown.
  if (Object.values(query).some((value) => String(value).includes('\0')))
    return left(INVALID_REQUEST);
  if (!route.takesBody) return right({ params, query, body: undefined });
  const bytes = Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0);
  const isAbsent = bytes.length === 0 && request.headers['content-type'] === undefined;
  if (isAbsent && route.bodyOptional === true) return right({ params, query, body: {} });
  if (!isJson(request)) return left(UNSUPPORTED_MEDIA_TYPE);
  const body = readJson(bytes, { nulAllowed: route.nulAllowed ?? false });
  return isLeft(body)
    ? left(answerOfRefusal(body.left))
    : right({ params, query, body: body.right });
};

const answerOfRefusal = ({ status }: Refused): FailureAnswer =>
  status === 422 ? UNPROCESSABLE : INVALID_REQUEST;

type Headers = { readonly idempotencyKey: string | null; readonly minPosition: Position | null };

const readHeaders = (route: Route, request: FastifyRequest): Either<FailureAnswer, Headers> => {
  const key = route.method === 'GET' ? undefined : headerOf(request, 'idempotency-key');
  const position = route.reads === true ? headerOf(request, MIN_POSITION_HEADER) : undefined;
  if (key !== undefined && !IDEMPOTENCY_KEY.test(key)) return left(INVALID_REQUEST);
  if (position !== undefined && !POSITION.test(position)) return left(INVALID_REQUEST);
  return right({
    idempotencyKey: key ?? null,
    minPosition: (position as Position | undefined) ?? null,
  });
};

const UNREACHED: Failure = { type: 'Unavailable', retryAfterSecs: 1 };

/** Decodes, then gives the rest of the work: what is refused here is refused whoever asks. */
const prepare = (
  route: Route,
  facts: RequestFacts,
  request: FastifyRequest,
  transfer: Transfer | null,
) => {
  const headers = readHeaders(route, request);
  if (isLeft(headers)) return headers;
  const input = readInput(route, request);
  if (isLeft(input)) return input;
  const circumstances = <Who>(identity: Who, actor: string): Circumstances<Who> => ({
    identity,
    context: { actor, correlationId: facts.correlationId },
    clientAddress: facts.clientAddress,
    idempotencyKey: headers.right.idempotencyKey,
    transfer,
  });
  const withWork = (work: () => Promise<Outcome>) =>
    right({ work, minPosition: headers.right.minPosition });
  const { serve } = route;
  if (serve.auth === 'none') {
    const prepared = serve.prepare(input.right);
    if (isLeft(prepared)) return left(answerOfRefusal(prepared.left));
    return withWork(() => prepared.right(circumstances(null, 'system')));
  }
  const prepared = serve.prepare(input.right);
  if (isLeft(prepared)) return left(answerOfRefusal(prepared.left));
  const { identity } = facts;
  return withWork(() =>
    identity === null
      ? Promise.resolve(left(UNAUTHENTICATED))
      : prepared.right(circumstances(identity, `user:${identity.userId}`)),
  );
};

/** Makes the fastify handler of one route. */
export const serveRoute = (route: Route, surroundings: RouteSurroundings) => {
  const { metrics, positions, routeLimiters, guardAddress } = surroundings;
  const { transferLimits, brokenOff, answered } = surroundings;
  const limiter = route.limit === undefined ? undefined : routeLimiters[route.limit];
  if (route.limit !== undefined && limiter === undefined)
    throw new Error(`${route.method} ${route.url} names an unknown limiter: ${route.limit}`);

  const outcomeOf = async (
    facts: RequestFacts,
    work: () => Promise<Outcome>,
    minPosition: Position | null,
  ): Promise<Outcome> => {
    const { identity } = facts;
    if (route.serve.auth === 'bearer' && identity === null) return left(UNAUTHENTICATED);
    const wait = limiter?.take(limiterKey(facts.clientAddress)) ?? 0;
    if (wait > 0) return left({ type: 'RateLimited', retryAfterSecs: wait });
    if (route.reads === true && identity !== null) {
      const caughtUp = positions.catchUp(identity.sessionId);
      if (caughtUp !== null) await caughtUp;
    }
    if (minPosition !== null && !(await positions.reach(minPosition))) return left(UNREACHED);
    return work();
  };

  const count = (failure: Failure): void => {
    if (failure.type === 'Unauthenticated') metrics.authFailure('unauthorized');
    else if (failure.type === 'Forbidden' || isCountedRefusal(failure))
      metrics.authFailure('forbidden');
    else if (failure.type === 'RateLimited') metrics.rateLimitHit();
  };

  return async (request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> => {
    const { facts } = request;
    if (facts === null) throw new Error('The facts of a request are set before its handler.');
    const transfer =
      route.transfers === undefined ? null : transferOf(request, reply, transferLimits);
    const prepared = prepare(route, facts, request, transfer);
    if (isLeft(prepared)) {
      if (transfer !== null) leaveBody(request, reply);
      sendFailure(reply, prepared.left);
      answered(route, reply.statusCode, facts);
      return reply;
    }
    const { work, minPosition } = prepared.right;
    const guarded =
      route.guardsAddress === true ? guardedWork(guardAddress, request, facts, work) : work;
    const outcome = await outcomeOf(facts, guarded, minPosition);
    if (isLeft(outcome)) count(outcome.left);
    else if (outcome.right.position !== null) {
      const writer = outcome.right.writer ?? facts.identity?.sessionId;
      if (writer !== undefined) positions.wrote(writer, outcome.right.position);
    }
    if (!isOpen(reply)) return reply;
    if (transfer !== null) leaveBody(request, reply);
    if (isLeft(outcome)) sendFailure(reply, answerOf(outcome.left));
    else if (outcome.right.file === undefined) sendReply(reply, route, outcome.right);
    else {
      reply.code(outcome.right.status ?? 200);
      const onBroken = (error: unknown) => brokenOff(route, error, facts);
      sendBytes(reply, outcome.right.file, transferLimits, onBroken);
    }
    answered(route, reply.statusCode, facts);
    return reply; // Or fastify takes a stream that has not begun for no answer.
  };
};

const isCountedRefusal = (failure: Failure): boolean =>
  failure.type === 'Refused' &&
  (failure.code === 'audit_access_denied' || failure.code.startsWith('directory_join_'));
