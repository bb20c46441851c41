// What the adapter learns of a request before its body is read.
import { randomUUID } from 'node:crypto';
import { type FastifyReply, type FastifyRequest } from 'fastify';
import { type Identity } from '../../application/session/authentication.ts';

export type RequestFacts = {
  readonly requestId: string;
  readonly correlationId: string; // UUID
  readonly startedAt: number; // Monotonic ms
  readonly clientAddress: string | null;
  readonly deadline: NodeJS.Timeout;
  identity: Identity | null;
};

declare module 'fastify' {
  // eslint-disable-next-line @typescript-eslint/consistent-type-definitions -- declaration merging needs an interface
  interface FastifyRequest {
    facts: RequestFacts | null;
  }
  // eslint-disable-next-line @typescript-eslint/consistent-type-definitions -- as above
  interface FastifyContextConfig {
    deadlineMs?: number; // Of the whole request, where it is not that of all
  }
}

const SANE_REQUEST_ID = /^[A-Za-z0-9_.-]{1,128}$/;
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

/** The first value of a header; node joins repeated ones except for a few that become lists. */
export const headerOf = (request: FastifyRequest, name: string): string | undefined => {
  const value = request.headers[name];
  return typeof value === 'string' ? value : value?.[0];
};

/** The id a client gave its request when it is sane (it lands in logs and an answer), else a new one. */
export const requestIds = (given: string | undefined) => {
  const requestId = given !== undefined && SANE_REQUEST_ID.test(given) ? given : randomUUID();
  return { requestId, correlationId: UUID.test(requestId) ? requestId : randomUUID() };
};

/** The bearer token of a request, null without one. The prefix is exact: `Bearer` and one space. */
export const bearerToken = (request: FastifyRequest): string | null => {
  const { authorization } = request.headers;
  return authorization?.startsWith('Bearer ') === true ? authorization.slice(7) : null;
};

/** Sends nothing when the request was answered already, by its deadline or because the client went away. */
export const isOpen = (reply: FastifyReply): boolean => !reply.sent && !reply.raw.destroyed;
