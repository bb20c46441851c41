import { map } from 'fp-ts/lib/Either.js';
import * as t from 'io-ts';
import { ReconcileAnswer, SearchAnswer } from '../../application/contract/answers.ts';
import {
  type RebuildSearch,
  type ReconcileSearch,
} from '../../application/search/maintain-search.ts';
import { type SearchMessages } from '../../application/search/search-messages.ts';
import { guildId } from './path-params.ts';
import { IntegerParam } from './query-params.ts';
import { route, type Route } from './route.ts';

export type SearchRoutesPorts = {
  readonly searchMessages: SearchMessages;
  readonly rebuildSearch: RebuildSearch;
  readonly reconcileSearch: ReconcileSearch;
};

/** Search and the upkeep of its index (base contract 2.10). */
export const searchRoutes = ({
  searchMessages,
  rebuildSearch,
  reconcileSearch,
}: SearchRoutesPorts): readonly Route[] => [
  route({
    method: 'GET',
    url: '/guilds/:guildId/search',
    auth: 'bearer',
    guardsAddress: true,
    summary: 'Messages that match, best first, of the channels you may see.',
    answer: SearchAnswer,
    failures: ['forbidden', 'search_unavailable'],
    params: { guildId },
    query: t.intersection([
      t.type({ q: t.string }),
      t.partial({ limit: IntegerParam, channel_id: t.string }),
    ]),
    handle: async ({ identity, params, query: { q, limit, channel_id: channelId } }) =>
      map((answer) => ({ answer, position: null }))(
        await searchMessages({ by: identity.userId, ...params, q, limit, channelId }),
      ),
  }),
  route({
    method: 'POST',
    url: '/guilds/:guildId/search/rebuild',
    auth: 'bearer',
    guardsAddress: true,
    summary: 'Begins to build the search index anew, for all guilds, beside the one in use.',
    answer: null,
    failures: ['forbidden'],
    params: { guildId },
    status: 204,
    handle: async ({ identity, params }) =>
      map(() => ({ answer: undefined, position: null }))(
        await rebuildSearch(identity.userId, params.guildId),
      ),
  }),
  route({
    method: 'POST',
    url: '/guilds/:guildId/search/reconcile',
    auth: 'bearer',
    guardsAddress: true,
    summary: 'Compares which messages of a guild there are with which are indexed, and mends that.',
    answer: ReconcileAnswer,
    failures: ['forbidden', 'search_unavailable'],
    params: { guildId },
    handle: async ({ identity, params }) =>
      map((answer) => ({ answer, position: null }))(
        await reconcileSearch(identity.userId, params.guildId),
      ),
  }),
];
