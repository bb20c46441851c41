/* eslint-disable max-lines-per-function -- A list of routes, one after the other. */
// The routes of the base contract that the client uses, each with the codec of its answer.
import { isLeft, left } from 'fp-ts/lib/Either.js';
import * as t from 'io-ts';
import {
  Channel,
  ChannelList,
  Guild,
  GuildList,
  JoinAnswer,
  MemberPage,
  Message,
  MessagePage,
  OwnPermissions,
  Profile,
  Reaction,
  SearchAnswer,
  UserLookup,
} from '../../../../application/contract/answers.ts';
import { type Answer, type RequestOptions, type Send } from './http.ts';

export const PAGE_MESSAGES = 50;
export const LOOKUP_USERS_MAX = 64;
export const MEMBER_PAGE = 200;
const SEARCH_RESULTS = 50;

type Place = { readonly guildId: string; readonly channelId: string };

export type TokenSource = {
  /** A valid access token; null when nobody is signed in, a failure when it can't be had now. */
  readonly accessToken: () => Promise<Answer<string>>;
  /** Called with a token the server refused; answers a newer one. */
  readonly renew: (refused: string) => Promise<Answer<string>>;
};

const inChannel = ({ guildId, channelId }: Place) => `/guilds/${guildId}/channels/${channelId}`;
const reactionPath = (place: Place & { readonly messageId: string }, emoji: string) =>
  `${inChannel(place)}/messages/${place.messageId}/reactions/${encodeURIComponent(emoji)}`;

const createAuthorized =
  ({ send, tokens }: { readonly send: Send; readonly tokens: TokenSource }) =>
  async <A>(options: RequestOptions<A>): Promise<Answer<A>> => {
    const token = await tokens.accessToken();
    if (isLeft(token)) return token;
    const answer = await send(options, token.right);
    const refused = isLeft(answer) && answer.left.type === 'Refused' && answer.left.status === 401;
    if (!refused) return answer;
    // A key change or a revoked token shows as 401; one renewal decides whether the session itself is over.
    const renewed = await tokens.renew(token.right);
    return isLeft(renewed) ? left(renewed.left) : send(options, renewed.right);
  };

/** All requests made on behalf of the signed-in person. */
export const createApi = (dependencies: { readonly send: Send; readonly tokens: TokenSource }) => {
  const call = createAuthorized(dependencies);
  return {
    me: () => call({ path: '/auth/me', codec: Profile }),
    lookup: (userIds: readonly string[]) =>
      call({
        method: 'POST',
        path: '/users/lookup',
        body: { user_ids: userIds },
        codec: UserLookup,
      }),
    guilds: () => call({ path: '/guilds', codec: GuildList }),
    createGuild: (
      guild: { readonly name: string; readonly visibility: 'private' | 'public' },
      idempotencyKey: string,
    ) => call({ method: 'POST', path: '/guilds', body: guild, codec: Guild, idempotencyKey }),
    publicGuilds: (query: string) =>
      call({ path: `/guilds/public?limit=50&q=${encodeURIComponent(query)}`, codec: GuildList }),
    joinGuild: (guildId: string) =>
      call({ method: 'POST', path: `/guilds/${guildId}/join`, codec: JoinAnswer }),
    channels: (guildId: string) =>
      call({ path: `/guilds/${guildId}/channels`, codec: ChannelList }),
    createChannel: (
      guildId: string,
      channel: { readonly name: string; readonly kind: 'text' | 'voice' },
      idempotencyKey: string,
    ) =>
      call({
        method: 'POST',
        path: `/guilds/${guildId}/channels`,
        body: channel,
        codec: Channel,
        idempotencyKey,
      }),
    ownPermissions: (place: Place) =>
      call({ path: `${inChannel(place)}/permissions/self`, codec: OwnPermissions }),
    members: (guildId: string, cursor: string | null) =>
      call({
        path: `/guilds/${guildId}/members?limit=${MEMBER_PAGE}${cursor === null ? '' : `&cursor=${cursor}`}`,
        codec: MemberPage,
      }),
    messages: (place: Place, before: string | null, limit: number = PAGE_MESSAGES) =>
      call({
        path: `${inChannel(place)}/messages?limit=${limit}${before === null ? '' : `&before=${before}`}`,
        codec: MessagePage,
      }),
    postMessage: (place: Place, content: string, idempotencyKey: string) =>
      call({
        method: 'POST',
        path: `${inChannel(place)}/messages`,
        body: { content },
        codec: Message,
        idempotencyKey,
      }),
    editMessage: (place: Place, messageId: string, content: string) =>
      call({
        method: 'PATCH',
        path: `${inChannel(place)}/messages/${messageId}`,
        body: { content },
        codec: Message,
      }),
    deleteMessage: (place: Place, messageId: string) =>
      call({
        method: 'DELETE',
        path: `${inChannel(place)}/messages/${messageId}`,
        codec: t.unknown,
      }),
    react: (place: Place & { readonly messageId: string }, emoji: string, on: boolean) =>
      call({
        method: on ? 'POST' : 'DELETE',
        path: reactionPath(place, emoji),
        codec: Reaction,
      }),
    search: (guildId: string, query: string) =>
      call({
        path: `/guilds/${guildId}/search?limit=${SEARCH_RESULTS}&q=${encodeURIComponent(query)}`,
        codec: SearchAnswer,
      }),
  };
};

export type Api = ReturnType<typeof createApi>;
