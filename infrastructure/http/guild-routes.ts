import { map } from 'fp-ts/lib/Either.js';
import * as t from 'io-ts';
import { Guild, GuildList } from '../../application/contract/answers.ts';
import { closed } from '../../application/contract/closed.ts';
import { type CreateGuild } from '../../application/guild/create-guild.ts';
import { type createListGuilds } from '../../application/guild/list-guilds.ts';
import { type ListPublicGuilds } from '../../application/guild/list-public-guilds.ts';
import { type UpdateGuild } from '../../application/guild/update-guild.ts';
import { Visibility } from '../../domain/guild/events.ts';
import { guildId } from './path-params.ts';
import { IntegerParam } from './query-params.ts';
import { answered, route, type Route } from './route.ts';

export type GuildRoutesPorts = {
  readonly createGuild: CreateGuild;
  readonly updateGuild: UpdateGuild;
  readonly listGuilds: ReturnType<typeof createListGuilds>;
  readonly listPublicGuilds: ListPublicGuilds;
};

/** Guilds themselves (base contract 2.5). */
export const guildRoutes = (ports: GuildRoutesPorts): readonly Route[] => [
  route({
    method: 'POST',
    url: '/guilds',
    auth: 'bearer',
    summary: 'Makes a guild of your own with its four roles and no channel.',
    answer: Guild,
    failures: ['guild_creation_limit_reached'],
    body: closed({ name: t.string }, { visibility: Visibility }),
    handle: ({ identity, body: { name, visibility = 'private' }, idempotencyKey, context }) =>
      ports.createGuild({ by: identity.userId, name, visibility, idempotencyKey, context }),
  }),
  route({
    method: 'GET',
    url: '/guilds',
    auth: 'bearer',
    summary: 'Your guilds, newest first, at most 200.',
    answer: GuildList,
    failures: [],
    handle: async ({ identity }) => answered(await ports.listGuilds(identity.userId)),
  }),
  route({
    method: 'GET',
    url: '/guilds/public',
    auth: 'bearer',
    summary: 'Public guilds, newest first; `q` is a part of their names.',
    answer: GuildList,
    failures: [],
    query: t.partial({ q: t.string, limit: IntegerParam }),
    handle: async ({ query: { q, limit } }) =>
      map((answer) => ({ answer, position: null }))(await ports.listPublicGuilds({ q, limit })),
  }),
  route({
    method: 'PATCH',
    url: '/guilds/:guildId',
    auth: 'bearer',
    summary: 'Changes a guild’s name or visibility.',
    answer: Guild,
    failures: ['forbidden', 'not_found'],
    params: { guildId },
    body: closed({}, { name: t.string, visibility: Visibility }),
    handle: ({ identity, params, body, idempotencyKey, context }) =>
      ports.updateGuild({ by: identity.userId, ...params, ...body, idempotencyKey, context }),
  }),
];
