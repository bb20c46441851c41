import { map } from 'fp-ts/lib/Either.js';
import { RoleList } from '../../application/contract/answers.ts';
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
    summary: 'The roles of a guild, highest first.',
    answer: RoleList,
    failures: ['forbidden'],
    params: { guildId },
    handle: async ({ identity, params }) =>
      map((answer) => ({ answer, position: null }))(
        await listRoles(identity.userId, params.guildId),
      ),
  }),
];
