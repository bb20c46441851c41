import { map } from 'fp-ts/lib/Either.js';
import * as t from 'io-ts';
import { SearchAnswer } from '../../application/contract/answers.ts';
import { type SearchMessages } from '../../application/search/search-messages.ts';
import { guildId } from './path-params.ts';
import { IntegerParam } from './query-params.ts';
import { route, type Route } from './route.ts';

export type SearchRoutesPorts = { readonly searchMessages: SearchMessages };

/** Search (base contract 2.10); the upkeep of the index is the operator's, by the command line. */
export const searchRoutes = ({ searchMessages }: SearchRoutesPorts): readonly Route[] => [
  route({
    method: 'GET',
    url: '/guilds/:guildId/search',
    auth: 'bearer',
    guardsAddress: true,
    summary: 'Messages that match, best first, of the channels you may see.',
    answer: SearchAnswer,
    failures: ['forbidden'],
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
];
