import { type IncomingMessage } from 'node:http';
import { type FastifyReply, type FastifyRequest } from 'fastify';
import { isRight } from 'fp-ts/lib/Either.js';
import { type Limits } from '../../application/limits.ts';
import { type Authenticate } from '../../application/session/authentication.ts';
import { limiterKey } from './client-address.ts';
import { answerOf } from './failure-answer.ts';
import { bearerToken, headerOf, isOpen, requestIds, type RequestFacts } from './request-facts.ts';
import { sendFailure } from './serve-route.ts';

// Answers are data for programs: nothing may run in them, frame them, sniff them or keep them. Files set their own.
const EVERY_ANSWER = {
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'x-frame-options': 'DENY',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  'cache-control': 'no-store',
} as const;

/** Sets what every answer carries, also one that no route and no hook gives. */
export const beginAnswer = (request: FastifyRequest, reply: FastifyReply) => {
  const ids = requestIds(headerOf(request, 'x-request-id'));
  reply.headers(EVERY_ANSWER).header('x-request-id', ids.requestId);
  return ids;
};

/** The hook that every request passes before its route: facts, headers, deadline, identity, the global limit. */
export const beforeRoutes = (
  { authenticate, limits }: { readonly authenticate: Authenticate; readonly limits: Limits },
  clientAddress: (request: IncomingMessage) => string | null,
  admit: (key: string) => number,
) => {
  const begin = (request: FastifyRequest, reply: FastifyReply): RequestFacts => {
    const deadline = setTimeout(() => {
      if (!isOpen(reply)) return;
      // What the client still sends is not read, so the connection cannot serve another request.
      void reply.code(408).header('connection', 'close').send();
    }, request.routeOptions.config.deadlineMs ?? limits.requestTimeoutMs);
    deadline.unref();
    const { requestId, correlationId } = beginAnswer(request, reply);
    return {
      requestId,
      correlationId,
      startedAt: performance.now(),
      clientAddress: clientAddress(request.raw),
      deadline,
      identity: null,
    };
  };
  return async (request: FastifyRequest, reply: FastifyReply): Promise<void> => {
    const facts = begin(request, reply);
    request.facts = facts;
    const token = bearerToken(request);
    if (token !== null) {
      const outcome = await authenticate(token);
      if (isRight(outcome)) facts.identity = outcome.right;
    }
    const wait = admit(
      facts.identity === null ? limiterKey(facts.clientAddress) : `user:${facts.identity.userId}`,
    );
    if (wait === 0 || !isOpen(reply)) return;
    clearTimeout(facts.deadline);
    reply.header('x-ratelimit-after', wait);
    sendFailure(reply, answerOf({ type: 'RateLimited', retryAfterSecs: wait }));
  };
};
