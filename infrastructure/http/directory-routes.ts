import { JoinAnswer } from '../../application/contract/answers.ts';
import { type JoinGuild } from '../../application/directory/join-guild.ts';
import { limiterKey } from './client-address.ts';
import { guildId } from './path-params.ts';
import { route, type Route } from './route.ts';

/** Joining a public guild (base contract 5.9). */
export const directoryRoutes = ({
  joinGuild,
}: {
  readonly joinGuild: JoinGuild;
}): readonly Route[] => [
  route({
    method: 'POST',
    url: '/guilds/:guildId/join',
    auth: 'bearer',
    summary: 'Joins a public guild.',
    answer: JoinAnswer,
    failures: ['directory_join_user_banned', 'directory_join_ip_banned'],
    params: { guildId },
    handle: ({ identity, params, clientAddress, idempotencyKey, context }) =>
      joinGuild({
        by: identity.userId,
        ...params,
        limiterKey: limiterKey(clientAddress),
        address: clientAddress,
        idempotencyKey,
        context,
      }),
  }),
];
