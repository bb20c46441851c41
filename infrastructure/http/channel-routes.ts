import { map } from 'fp-ts/lib/Either.js';
import * as t from 'io-ts';
import { Channel, ChannelList, OwnPermissions } from '../../application/contract/answers.ts';
import { closed } from '../../application/contract/closed.ts';
import { type CreateChannel } from '../../application/guild/create-channel.ts';
import { type createListChannels } from '../../application/guild/list-channels.ts';
import { type createOwnPermissions } from '../../application/guild/own-permissions.ts';
import { ChannelKind } from '../../domain/guild/events.ts';
import { channelId, guildId } from './path-params.ts';
import { route, type Route } from './route.ts';

export type ChannelRoutesPorts = {
  readonly createChannel: CreateChannel;
  readonly listChannels: ReturnType<typeof createListChannels>;
  readonly ownPermissions: ReturnType<typeof createOwnPermissions>;
};

/** Channels and what one may do in them (base contract 2.6). */
export const channelRoutes = (ports: ChannelRoutesPorts): readonly Route[] => [
  route({
    method: 'POST',
    url: '/guilds/:guildId/channels',
    auth: 'bearer',
    guardsAddress: true,
    summary: 'Makes a channel.',
    answer: Channel,
    failures: ['forbidden', 'quota_exceeded'],
    params: { guildId },
    body: closed({ name: t.string }, { kind: ChannelKind }),
    handle: ({ identity, params, body: { name, kind = 'text' }, idempotencyKey, context }) =>
      ports.createChannel({
        by: identity.userId,
        ...params,
        name,
        kind,
        idempotencyKey,
        context,
      }),
  }),
  route({
    method: 'GET',
    url: '/guilds/:guildId/channels',
    auth: 'bearer',
    guardsAddress: true,
    summary: 'The channels you may see, oldest first.',
    answer: ChannelList,
    failures: ['forbidden'],
    params: { guildId },
    handle: async ({ identity, params }) =>
      map((answer) => ({ answer, position: null }))(
        await ports.listChannels(identity.userId, params.guildId),
      ),
  }),
  route({
    method: 'GET',
    url: '/guilds/:guildId/channels/:channelId/permissions/self',
    auth: 'bearer',
    guardsAddress: true,
    summary: 'What you may do in a channel.',
    answer: OwnPermissions,
    failures: ['forbidden'],
    params: { guildId, channelId },
    handle: async ({ identity, params }) =>
      map((answer) => ({ answer, position: null }))(
        await ports.ownPermissions(identity.userId, params.guildId, params.channelId),
      ),
  }),
];
