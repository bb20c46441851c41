import { isLeft, left, map } from 'fp-ts/lib/Either.js';
import * as t from 'io-ts';
import { Accepted, MemberPage } from '../../application/contract/answers.ts';
import { closed } from '../../application/contract/closed.ts';
import { INVALID } from '../../application/failure.ts';
import { type AddMember } from '../../application/membership/add-member.ts';
import { type ListMembers } from '../../application/membership/list-members.ts';
import { CrockfordUserId, guildId, userId } from './path-params.ts';
import { IntegerParam } from './query-params.ts';
import { route, type Route } from './route.ts';

export type MemberRoutesPorts = {
  readonly listMembers: ListMembers;
  readonly addMember: AddMember;
};

/** Who belongs to a guild (base contract 2.11). */
export const memberRoutes = ({ listMembers, addMember }: MemberRoutesPorts): readonly Route[] => [
  route({
    method: 'GET',
    url: '/guilds/:guildId/members',
    auth: 'bearer',
    summary:
      'A page of a guild’s members by user id; the cursor is the last one of the page before.',
    answer: MemberPage,
    failures: ['forbidden'],
    params: { guildId },
    query: closed({}, { cursor: t.string, limit: IntegerParam }),
    handle: async ({ identity, params, query }) => {
      const cursor = query.cursor === undefined ? undefined : CrockfordUserId.decode(query.cursor);
      if (cursor !== undefined && isLeft(cursor)) return left(INVALID);
      const page = await listMembers({
        by: identity.userId,
        ...params,
        cursor: cursor?.right,
        limit: query.limit,
      });
      return map((answer) => ({ answer, position: null }))(page);
    },
  }),
  route({
    method: 'POST',
    url: '/guilds/:guildId/members/:userId',
    auth: 'bearer',
    summary: 'Adds a person to a guild.',
    answer: Accepted,
    failures: ['forbidden', 'not_found'],
    params: { guildId, userId },
    handle: ({ identity, params, context }) =>
      addMember({ by: identity.userId, ...params, context }),
  }),
];
