import { isLeft, left } from 'fp-ts/lib/Either.js';
import * as t from 'io-ts';
import { Accepted } from '../../application/contract/answers.ts';
import { closed } from '../../application/contract/closed.ts';
import { IpBanPage, IpBansAdded } from '../../application/contract/moderation-answers.ts';
import { INVALID } from '../../application/failure.ts';
import { type BanAddresses } from '../../application/ip-ban/ban-addresses.ts';
import { type LiftIpBan } from '../../application/ip-ban/lift-ip-ban.ts';
import { type ListIpBans } from '../../application/ip-ban/list-ip-bans.ts';
import { IpBanId } from '../../domain/shared/ids.ts';
import { crockford, CrockfordUserId, guildId } from './path-params.ts';
import { readTimePage, TIME_PAGE } from './query-params.ts';
import { changedNothing, route, type Route } from './route.ts';

export type IpBanRoutesPorts = {
  readonly listIpBans: ListIpBans;
  readonly banAddresses: BanAddresses;
  readonly liftIpBan: LiftIpBan;
};

/** Bans of addresses (base contract 2.12). */
export const ipBanRoutes = (ports: IpBanRoutesPorts): readonly Route[] => [
  route({
    method: 'GET',
    url: '/guilds/:guildId/ip-bans',
    auth: 'bearer',
    summary: 'Bans of addresses in force, newest first; never the addresses.',
    answer: IpBanPage,
    failures: ['forbidden'],
    params: { guildId },
    query: closed({}, TIME_PAGE),
    handle: async ({ identity, params, query }) => {
      const page = readTimePage(query);
      if (isLeft(page)) return page;
      return changedNothing(
        await ports.listIpBans({ by: identity.userId, ...params, ...page.right }),
      );
    },
  }),
  route({
    method: 'POST',
    url: '/guilds/:guildId/ip-bans/by-user',
    auth: 'bearer',
    summary: 'Bars the addresses that a person joined from.',
    answer: IpBansAdded,
    failures: ['forbidden', 'quota_exceeded'],
    params: { guildId },
    body: closed({ target_user_id: t.string }, { reason: t.string, expires_in_secs: t.Int }),
    handle: async ({ identity, params, body, idempotencyKey, context }) => {
      const userId = CrockfordUserId.decode(body.target_user_id);
      if (isLeft(userId)) return left(INVALID);
      return ports.banAddresses({
        by: identity.userId,
        ...params,
        userId: userId.right,
        reason: body.reason ?? null,
        expiresInSecs: body.expires_in_secs ?? null,
        idempotencyKey,
        context,
      });
    },
  }),
  route({
    method: 'DELETE',
    url: '/guilds/:guildId/ip-bans/:banId',
    auth: 'bearer',
    summary: 'Lifts a ban of an address.',
    answer: Accepted,
    failures: ['forbidden', 'not_found'],
    params: { guildId, banId: { codec: crockford(IpBanId), malformed: 'invalid' } },
    handle: ({ identity, params, idempotencyKey, context }) =>
      ports.liftIpBan({ by: identity.userId, ...params, idempotencyKey, context }),
  }),
];
