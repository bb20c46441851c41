import { isLeft } from 'fp-ts/lib/Either.js';
import * as t from 'io-ts';
import { type ListAudit } from '../../application/audit/list-audit.ts';
import { AuditPage } from '../../application/contract/moderation-answers.ts';
import { closed } from '../../application/contract/closed.ts';
import { guildId } from './path-params.ts';
import { readTimePage, TIME_PAGE } from './query-params.ts';
import { changedNothing, route, type Route } from './route.ts';

/** The audit list of a guild (base contract 2.12). */
export const auditRoutes = ({ listAudit }: { readonly listAudit: ListAudit }): readonly Route[] => [
  route({
    method: 'GET',
    url: '/guilds/:guildId/audit',
    auth: 'bearer',
    summary: 'Who did what in a guild, newest first: ids and actions only.',
    answer: AuditPage,
    failures: ['audit_access_denied'],
    params: { guildId },
    query: closed({}, { ...TIME_PAGE, action_prefix: t.string }),
    handle: async ({ identity, params, query }) => {
      const page = readTimePage(query);
      if (isLeft(page)) return page;
      return changedNothing(
        await listAudit({
          by: identity.userId,
          ...params,
          ...page.right,
          actionPrefix: query.action_prefix,
        }),
      );
    },
  }),
];
