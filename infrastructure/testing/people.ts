// People who use a running server as anybody would: over the public API and the gateway.
import { isLeft } from 'fp-ts/lib/Either.js';
import { ServerFrame } from '../../application/contract/gateway-frames.ts';
import {
  type ChannelId,
  type GuildId,
  type MessageId,
  type UserId,
} from '../../domain/shared/ids.ts';
import { type ApiClient, createApiClient } from '../api-client/api-client.ts';
import { connectWs, type WsClient } from '../gateway/testing/ws-client.ts';
import { type ServerProcess } from './server-process.ts';
import { type TestSite } from './test-site.ts';

export type Person = {
  readonly name: string;
  readonly password: string;
  readonly token: string;
  readonly refreshToken: string;
  readonly userId: UserId;
};

export type Place = { readonly guildId: GuildId; readonly channelId: ChannelId };

const CONNECTIONS = 16;

export const clientOf = (
  site: TestSite,
  { baseUrl }: Pick<ServerProcess, 'baseUrl'>,
): ApiClient => {
  const api = createApiClient({ baseUrl, connections: CONNECTIONS });
  site.onCleanUp(() => api.close());
  return api;
};

export const signIn = async (api: ApiClient, name: string, password: string): Promise<Person> => {
  const tokens = await api.login(name, password);
  const { user_id: userId } = await api.me(tokens.access_token);
  return {
    name,
    password,
    token: tokens.access_token,
    refreshToken: tokens.refresh_token,
    userId,
  };
};

export const signUp = async (
  api: ApiClient,
  name: string,
  password = `the password of ${name}`,
): Promise<Person> => {
  await api.register(name, password);
  return signIn(api, name, password);
};

/** A guild with one channel, made by this person. */
export const settle = async (
  api: ApiClient,
  { token }: Person,
  visibility: 'public' | 'private' = 'public',
): Promise<Place> => {
  const { guild_id: guildId } = await api.createGuild(token, 'The guild', visibility);
  const { channel_id: channelId } = await api.createChannel(token, guildId, 'general');
  return { guildId, channelId };
};

export type HistoryLine = { readonly content: string; readonly id: MessageId };

const PAGE = 100;

/** All of a channel, oldest first, with whatever was written through this client. */
export const wholeHistory = async (
  api: ApiClient,
  token: string,
  { guildId, channelId }: Place,
): Promise<readonly HistoryLine[]> => {
  const found: HistoryLine[] = [];
  // The reader did not write most of it, so the server must be told what the answer is to know.
  const minPosition = api.written();
  let before: MessageId | null = null;
  for (;;) {
    const page: Awaited<ReturnType<ApiClient['history']>> = await api.history(
      token,
      guildId,
      channelId,
      { limit: PAGE, before, minPosition },
    );
    found.push(...page.messages.map(({ content, message_id: id }) => ({ content, id })));
    before = page.next_before;
    if (before === null || page.messages.length === 0) return found.reverse();
  }
};

export const gatewayUrl = async (api: ApiClient): Promise<string> => {
  const { gateway_url: url } = await api.clientConfig();
  if (url === null) throw new Error('the server tells no gateway address');
  return url;
};

type Listener = Omit<WsClient, 'frames'> & {
  /** Everything heard, each decoded by the contract's codec. */
  readonly heard: () => readonly ServerFrame[];
};

/** The frames as the contract knows them; throws on one that it doesn't. */
const decodeAll = (frames: readonly unknown[]): readonly ServerFrame[] =>
  frames.map((frame) => {
    const decoded = ServerFrame.decode(frame);
    if (isLeft(decoded)) throw new Error(`not in the contract: ${JSON.stringify(frame)}`);
    return decoded.right;
  });

/** Opens a socket for the person and waits for `ready`. */
export const listen = async (
  site: TestSite,
  api: ApiClient,
  { token }: Pick<Person, 'token'>,
): Promise<Listener> => {
  const { frames, ...client } = await connectWs(`${await gatewayUrl(api)}?access_token=${token}`);
  site.onCleanUp(() => client.socket.terminate());
  await client.frame('ready');
  return { ...client, heard: () => decodeAll(frames) };
};

/** Opens a socket that hears the channel. */
export const listenIn = async (
  site: TestSite,
  api: ApiClient,
  person: Pick<Person, 'token'>,
  { guildId, channelId }: Place,
): Promise<Listener> => {
  const listener = await listen(site, api, person);
  listener.send('subscribe', { guild_id: guildId, channel_id: channelId });
  await listener.frame('voice_participant_sync');
  return listener;
};

type Named<T extends ServerFrame['t']> = Extract<ServerFrame, { readonly t: T }>;

/** The first frame of this name; undefined when none was heard. */
export const frameOf = <T extends ServerFrame['t']>(
  frames: readonly ServerFrame[],
  name: T,
): Named<T> | undefined => frames.find((frame): frame is Named<T> => frame.t === name);
