import { left, map } from 'fp-ts/lib/Either.js';
import * as t from 'io-ts';
import { Accepted } from '../../application/contract/answers.ts';
import { closed } from '../../application/contract/closed.ts';
import { BanPage } from '../../application/contract/moderation-answers.ts';
import { INVALID } from '../../application/failure.ts';
import { type LeaveGuild } from '../../application/membership/leave-guild.ts';
import { type ListBans } from '../../application/membership/list-bans.ts';
import { type ModerateMember } from '../../application/membership/moderate-member.ts';
import { type SetFixedRole } from '../../application/membership/set-fixed-role.ts';
import { FixedRole } from '../../domain/guild/events.ts';
import { Timestamp } from '../../domain/shared/timestamp.ts';
import { guildId, userId } from './path-params.ts';
import { IntegerParam } from './query-params.ts';
import { route, type Route } from './route.ts';

export type ModerationRoutesPorts = {
  readonly setFixedRole: SetFixedRole;
  readonly moderate: ModerateMember;
  readonly listBans: ListBans;
  readonly leaveGuild: LeaveGuild;
};

const MEMBER = '/guilds/:guildId/members/:userId';
const BANS = '/guilds/:guildId/bans';

// The two measures of the base contract have no body there, so a reason is nobody's duty.
const reasonOnly = { body: closed({}, { reason: t.string }), bodyOptional: true } as const;

const measure = (
  { moderate }: ModerationRoutesPorts,
  method: 'POST' | 'DELETE',
  url: string,
  type: 'Kick' | 'Ban' | 'LiftTimeout',
  summary: string,
): Route =>
  route({
    method,
    url,
    auth: 'bearer',
    summary,
    answer: Accepted,
    failures: ['forbidden', 'not_found'],
    params: { guildId, userId },
    ...reasonOnly,
    handle: ({ identity, params, body, idempotencyKey, context }) =>
      moderate({
        by: identity.userId,
        ...params,
        ...body,
        measure: { type },
        idempotencyKey,
        context,
      }),
  });

const measures = (ports: ModerationRoutesPorts): readonly Route[] => [
  measure(ports, 'POST', `${MEMBER}/kick`, 'Kick', 'Removes a member, who may come back.'),
  measure(
    ports,
    'POST',
    `${MEMBER}/ban`,
    'Ban',
    'Bars a person, removing them if they are a member.',
  ),
  route({
    method: 'POST',
    url: `${MEMBER}/timeout`,
    auth: 'bearer',
    summary: 'Lets a member only look on until then, 28 days ahead at most.',
    answer: Accepted,
    failures: ['forbidden', 'not_found'],
    params: { guildId, userId },
    body: closed({ until_unix: t.Int }, { reason: t.string }),
    handle: async ({ identity, params, body, idempotencyKey, context }) => {
      const until = body.until_unix * 1000;
      if (!Timestamp.is(until)) return left(INVALID);
      return ports.moderate({
        by: identity.userId,
        ...params,
        measure: { type: 'TimeOut', until },
        reason: body.reason,
        idempotencyKey,
        context,
      });
    },
  }),
  measure(ports, 'DELETE', `${MEMBER}/timeout`, 'LiftTimeout', 'Ends a timeout before its time.'),
];

const bans = ({ moderate, listBans }: ModerationRoutesPorts): readonly Route[] => [
  route({
    method: 'GET',
    url: BANS,
    auth: 'bearer',
    summary: 'Who is banned, newest first.',
    answer: BanPage,
    failures: ['forbidden'],
    params: { guildId },
    query: closed({}, { cursor: t.string, limit: IntegerParam }),
    handle: async ({ identity, params, query }) =>
      map((answer) => ({ answer, position: null }))(
        await listBans({
          by: identity.userId,
          ...params,
          cursor: query.cursor,
          limit: query.limit,
        }),
      ),
  }),
  route({
    method: 'DELETE',
    url: `${BANS}/:userId`,
    auth: 'bearer',
    summary: 'Lifts a ban.',
    answer: Accepted,
    failures: ['forbidden', 'not_found'],
    params: { guildId, userId },
    handle: ({ identity, params, idempotencyKey, context }) =>
      moderate({
        by: identity.userId,
        ...params,
        measure: { type: 'Unban' },
        idempotencyKey,
        context,
      }),
  }),
];

/** What is done about members (base contract 2.11), with unban, bans, timeouts and leaving as additions of ours. */
export const moderationRoutes = (ports: ModerationRoutesPorts): readonly Route[] => [
  route({
    method: 'PATCH',
    url: MEMBER,
    auth: 'bearer',
    summary: 'Makes a member a moderator or a plain member.',
    answer: Accepted,
    failures: ['forbidden', 'not_found', 'quota_exceeded'],
    params: { guildId, userId },
    body: closed({ role: FixedRole }, {}),
    handle: ({ identity, params, body, context }) =>
      ports.setFixedRole({ by: identity.userId, ...params, ...body, context }),
  }),
  route({
    method: 'DELETE',
    url: '/guilds/:guildId/members/me',
    auth: 'bearer',
    summary: 'Leaves a guild; its last owner can’t.',
    answer: Accepted,
    failures: ['forbidden', 'not_found'],
    reads: true, // Who else owns the guild
    params: { guildId },
    handle: ({ identity, params, idempotencyKey, context }) =>
      ports.leaveGuild({ by: identity.userId, ...params, idempotencyKey, context }),
  }),
  ...measures(ports),
  ...bans(ports),
];
