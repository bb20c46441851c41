// What happens to a request that no route answers, and to one whose route threw.
import { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify';
import { isError } from '../logging/is-error.ts';
import { type Log } from '../logging/log.ts';
import {
  answerOf,
  INTERNAL_ERROR,
  INVALID_REQUEST,
  isPassing,
  PAYLOAD_TOO_LARGE,
  UNSUPPORTED_MEDIA_TYPE,
  type FailureAnswer,
} from './failure-answer.ts';
import { isOpen } from './request-facts.ts';
import { sendFailure } from './serve-route.ts';

const answerOfThrown = (error: unknown): FailureAnswer => {
  const status =
    isError(error) && 'statusCode' in error && typeof error.statusCode === 'number'
      ? error.statusCode
      : 500;
  if (status === 413) return PAYLOAD_TOO_LARGE;
  if (status === 415) return UNSUPPORTED_MEDIA_TYPE;
  if (status < 500) return INVALID_REQUEST;
  return isPassing(error) ? answerOf({ type: 'Unavailable', retryAfterSecs: 1 }) : INTERNAL_ERROR;
};

// How Node reports a sender who hung up half-way: everyday, and no failure of ours.
const isAbandoned = (error: unknown): boolean =>
  isError(error) && error.message === 'aborted' && 'code' in error && error.code === 'ECONNRESET';

export type Files = (request: FastifyRequest, reply: FastifyReply) => Promise<boolean>;

export const addEdges = (
  app: FastifyInstance,
  { log, files }: { readonly log: Log; readonly files?: Files },
): void => {
  app.setNotFoundHandler(async (request, reply) => {
    const reads = request.method === 'GET' || request.method === 'HEAD';
    const found = reads && files !== undefined && (await files(request, reply));
    if (request.facts) clearTimeout(request.facts.deadline);
    if (!found && isOpen(reply)) await reply.code(404).send();
  });
  app.setErrorHandler((error, request, reply) => {
    const { facts } = request;
    if (facts) clearTimeout(facts.deadline);
    if (isAbandoned(error)) return;
    const answer = answerOfThrown(error);
    if (answer.status >= 500)
      log.error({
        event: 'http.failed',
        method: request.method,
        route: request.routeOptions.url ?? null,
        status: answer.status,
        request_id: facts?.requestId,
        err: error,
      });
    if (isOpen(reply)) sendFailure(reply, answer);
  });
};
