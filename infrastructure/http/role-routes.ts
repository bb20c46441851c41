import { map } from 'fp-ts/lib/Either.js';
import { type createListRoles } from '../../application/guild/list-roles.ts';
import { guildId } from './path-params.ts';
import { route, type Route } from './route.ts';

/** The roles of a guild (base contract 2.7). */
export const roleRoutes = ({
  listRoles,
}: {
  readonly listRoles: ReturnType<typeof createListRoles>;
}): readonly Route[] => [
  route({
    method: 'GET',
    url: '/guilds/:guildId/roles',
    auth: 'bearer',
    params: { guildId },
    handle: async ({ identity, params }) =>
      map((answer) => ({ answer, position: null }))(
        await listRoles(identity.userId, params.guildId),
      ),
  }),
];
