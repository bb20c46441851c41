// Routes that a guild's bans of addresses stand before (base contract 5.10): refused before any permission is looked at.
import { type FastifyRequest } from 'fastify';
import { left } from 'fp-ts/lib/Either.js';
import { FORBIDDEN } from '../../application/failure.ts';
import { type GuardAddress } from '../../application/ip-ban/guard-address.ts';
import { GuildId } from '../../domain/shared/ids.ts';
import { type RequestFacts } from './request-facts.ts';
import { type Outcome } from './route.ts';

/** The work of a guarded route, done only for addresses that the guild in the path doesn't bar. */
export const guardedWork =
  (
    guardAddress: GuardAddress,
    request: FastifyRequest,
    { identity, clientAddress: address, correlationId }: RequestFacts,
    work: () => Promise<Outcome>,
  ) =>
  (): Promise<Outcome> => {
    const { guildId } = request.params as { readonly guildId?: unknown };
    if (identity === null || !GuildId.is(guildId)) return work(); // Refused there.
    const { userId } = identity;
    const context = { actor: `user:${userId}`, correlationId };
    const barred = guardAddress({ guildId, userId, address, context });
    if (barred === false) return work();
    return barred.then((isBarred) => (isBarred ? left(FORBIDDEN) : work()));
  };
