// A small client of the public API, for the demo, the benchmarks and whole-server tests: nothing a stranger couldn't write.
import type * as t from 'io-ts';
import { isLeft } from 'fp-ts/lib/Either.js';
import { Pool } from 'undici';
import {
  Accepted,
  Channel,
  ClientConfig,
  Guild,
  JoinAnswer,
  Message,
  MessagePage,
  Profile,
  SearchAnswer,
  Tokens,
} from '../../application/contract/answers.ts';
import { type ChannelId, type GuildId, type MessageId } from '../../domain/shared/ids.ts';

export type Answer = {
  readonly status: number;
  readonly body: unknown; // Parsed JSON, or null for an empty or other body
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
};

export type RequestOptions = {
  readonly token?: string | undefined;
  readonly body?: unknown;
  readonly idempotencyKey?: string | undefined;
  readonly minPosition?: string | undefined; // The answer knows at least everything up to here
};

/** An answer that is not what the contract promises: the caller's bug, the server's bug, or a refusal. */
export class UnexpectedAnswer extends Error {
  readonly status: number;
  constructor(what: string, { status, body }: Answer) {
    super(`${what}: ${status} ${JSON.stringify(body).slice(0, 200)}`);
    this.status = status;
  }
}

const parseBody = (text: string): unknown => {
  try {
    return text === '' ? null : JSON.parse(text);
  } catch {
    return null;
  }
};

const headersOf = ({
  token,
  body,
  idempotencyKey,
  minPosition,
}: RequestOptions): Record<string, string> => ({
  ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
  ...(body === undefined ? {} : { 'content-type': 'application/json' }),
  ...(idempotencyKey === undefined ? {} : { 'idempotency-key': idempotencyKey }),
  ...(minPosition === undefined ? {} : { 'filament-min-position': minPosition }),
});

const createCaller = ({
  baseUrl,
  connections,
}: {
  readonly baseUrl: string;
  readonly connections: number;
}) => {
  const pool = new Pool(baseUrl, { connections, pipelining: 1, headersTimeout: 30_000 });
  let written: string | undefined;

  const request = async (
    method: 'GET' | 'POST' | 'PATCH' | 'DELETE',
    path: string,
    options: RequestOptions = {},
  ): Promise<Answer> => {
    const { statusCode, headers, body } = await pool.request({
      method,
      path,
      headers: headersOf(options),
      body: options.body === undefined ? null : JSON.stringify(options.body),
    });
    const position = headers['filament-position'];
    // Positions are fixed-width text, so that they compare as they are.
    if (typeof position === 'string' && (written === undefined || position > written))
      written = position;
    return { status: statusCode, headers, body: parseBody(await body.text()) };
  };

  const expectAnswer = async <A>(
    codec: t.Decoder<unknown, A>,
    ...call: Parameters<typeof request>
  ): Promise<A> => {
    const answer = await request(...call);
    const decoded = codec.decode(answer.body);
    if (answer.status !== 200 || isLeft(decoded)) {
      throw new UnexpectedAnswer(`${call[0]} ${call[1]}`, answer);
    }
    return decoded.right;
  };

  return { request, expectAnswer, written: () => written, close: () => pool.destroy() };
};

/** A client of one server; every method resolves with a decoded answer or throws `UnexpectedAnswer`. */
export const createApiClient = (options: {
  readonly baseUrl: string;
  readonly connections: number;
}) => {
  const { request, expectAnswer, written, close } = createCaller(options);
  return {
    request,
    close,
    /** The furthest log position that an answer told of: of whatever was written through this client. */
    written,
    register: (username: string, password: string) =>
      expectAnswer(Accepted, 'POST', '/auth/register', { body: { username, password } }),
    login: (username: string, password: string) =>
      expectAnswer(Tokens, 'POST', '/auth/login', { body: { username, password } }),
    refresh: (refreshToken: string, idempotencyKey?: string) =>
      expectAnswer(Tokens, 'POST', '/auth/refresh', {
        body: { refresh_token: refreshToken },
        idempotencyKey,
      }),
    me: (token: string) => expectAnswer(Profile, 'GET', '/auth/me', { token }),
    clientConfig: () => expectAnswer(ClientConfig, 'GET', '/client-config'),
    createGuild: (token: string, name: string, visibility: 'private' | 'public') =>
      expectAnswer(Guild, 'POST', '/guilds', { token, body: { name, visibility } }),
    joinGuild: (token: string, guildId: GuildId) =>
      expectAnswer(JoinAnswer, 'POST', `/guilds/${guildId}/join`, { token }),
    createChannel: (token: string, guildId: GuildId, name: string) =>
      expectAnswer(Channel, 'POST', `/guilds/${guildId}/channels`, { token, body: { name } }),
    post: (
      token: string,
      guildId: GuildId,
      channelId: ChannelId,
      content: string,
      idempotencyKey?: string,
    ) =>
      expectAnswer(Message, 'POST', `/guilds/${guildId}/channels/${channelId}/messages`, {
        token,
        body: { content },
        idempotencyKey,
      }),
    history: (
      token: string,
      guildId: GuildId,
      channelId: ChannelId,
      page: {
        readonly limit: number;
        readonly before?: MessageId | null;
        readonly minPosition?: string | undefined;
      },
    ) =>
      expectAnswer(
        MessagePage,
        'GET',
        `/guilds/${guildId}/channels/${channelId}/messages?limit=${page.limit}${page.before ? `&before=${page.before}` : ''}`,
        { token, minPosition: page.minPosition },
      ),
    search: (token: string, guildId: GuildId, q: string, limit: number) =>
      expectAnswer(
        SearchAnswer,
        'GET',
        `/guilds/${guildId}/search?q=${encodeURIComponent(q)}&limit=${limit}`,
        { token },
      ),
  };
};

export type ApiClient = ReturnType<typeof createApiClient>;
