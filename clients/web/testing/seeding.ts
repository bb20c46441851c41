// Fills a server through its public API, many requests at a time, for tests that need more than people type.
import type * as t from 'io-ts';
import { isLeft } from 'fp-ts/lib/Either.js';
import {
  Accepted,
  Channel,
  Guild,
  JoinAnswer,
  Message,
  MessagePage,
  Reaction,
  Tokens,
} from '../../../application/contract/answers.ts';
import { PASSWORD } from './journeys.ts';

const AT_ONCE = 64;
const PAGE = 100;

export type Place = { readonly guild: string; readonly channel: string };

const createCall =
  (origin: string) =>
  async <A>(
    codec: t.Decoder<unknown, A>,
    path: string,
    { token, body }: { readonly token?: string; readonly body?: unknown },
  ): Promise<A> => {
    const answer = await fetch(`${origin}${path}`, {
      method: body === undefined ? 'GET' : 'POST',
      headers: {
        ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      body: body === undefined ? null : JSON.stringify(body),
    });
    const words = await answer.text();
    const decoded = answer.ok ? codec.decode(JSON.parse(words)) : null;
    if (decoded === null || isLeft(decoded)) throw new Error(`${path}: ${answer.status} ${words}`);
    return decoded.right;
  };

/** Someone who does by the API what a person does in the client; every step throws when the server refuses it. */
export const createSeeder = (origin: string) => {
  const call = createCall(origin);
  const messages = ({ guild, channel }: Place) => `/guilds/${guild}/channels/${channel}/messages`;
  return {
    signIn: async (username: string) =>
      (await call(Tokens, '/auth/login', { body: { username, password: PASSWORD } })).access_token,
    signUp: async (username: string) => {
      await call(Accepted, '/auth/register', { body: { username, password: PASSWORD } });
      return (await call(Tokens, '/auth/login', { body: { username, password: PASSWORD } }))
        .access_token;
    },
    makeGuild: async (token: string, name: string) =>
      (await call(Guild, '/guilds', { token, body: { name, visibility: 'public' } })).guild_id,
    makeChannel: async (token: string, guild: string, name: string): Promise<Place> => ({
      guild,
      channel: (await call(Channel, `/guilds/${guild}/channels`, { token, body: { name } }))
        .channel_id,
    }),
    join: (token: string, guild: string) =>
      call(JoinAnswer, `/guilds/${guild}/join`, { token, body: {} }),
    say: async (token: string, place: Place, content: string) =>
      (await call(Message, messages(place), { token, body: { content } })).message_id,
    react: (token: string, place: Place, messageId: string, emoji: string) =>
      call(Reaction, `${messages(place)}/${messageId}/reactions/${encodeURIComponent(emoji)}`, {
        token,
        body: {},
      }),
    /** Posts everything, in no certain order. */
    post: async (token: string, place: Place, contents: readonly string[]) => {
      const waiting = contents.values();
      const worker = async () => {
        for (const content of waiting)
          await call(Message, messages(place), { token, body: { content } });
      };
      await Promise.all(Array.from({ length: AT_ONCE }, worker));
    },
    /** Every text of a channel, from the oldest. */
    history: async (token: string, place: Place): Promise<readonly string[]> => {
      const texts: string[] = [];
      let before: string | null = '';
      while (before !== null) {
        const query = before === '' ? '' : `&before=${before}`;
        const page: t.TypeOf<typeof MessagePage> = await call(
          MessagePage,
          `${messages(place)}?limit=${PAGE}${query}`,
          { token },
        );
        texts.push(...page.messages.map(({ content }) => content));
        before = page.next_before;
      }
      return texts.reverse();
    },
  };
};
