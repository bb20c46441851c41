// Replays recorded conversations through the public API and gateway: a sender per day, many people, one channel a day.
// Within a channel a message is sent after the one before it was acknowledged, so its order is a fact to check.
import { randomUUID } from 'node:crypto';
import { type Message } from '../../application/contract/answers.ts';
import { type ChannelId, type GuildId } from '../../domain/shared/ids.ts';
import { UnexpectedAnswer, type ApiClient } from '../api-client/api-client.ts';
import {
  connectGateway,
  GatewayFailure,
  type GatewayClient,
} from '../api-client/gateway-client.ts';
import { type IrcLine } from './irc-log.ts';

export type Day = {
  readonly name: string;
  readonly channelId: ChannelId;
  readonly lines: readonly IrcLine[];
};

export type Acknowledged = { readonly message: Message; readonly sent: string };

export type Replay = {
  readonly guildId: GuildId;
  readonly tokens: ReadonlyMap<string, string>; // Access token by nickname
  readonly client: ApiClient;
  readonly gatewayUrl: () => string;
  /** Resolves when the server answers again after a failure. */
  readonly untilServing: () => Promise<void>;
  readonly onAcknowledged: (acknowledged: Acknowledged) => void;
};

const TRIES_MAX = 200;
// Every third message goes over the gateway with a nonce, the rest over REST with an Idempotency-Key.
const GATEWAY_SHARE = 3;

const isRetryable = (error: unknown): boolean =>
  error instanceof GatewayFailure
    ? error.retry
    : !(error instanceof UnexpectedAnswer) || [429, 500, 503, 408].includes(error.status);

const sockets = (replay: Replay) => {
  const open = new Map<string, Promise<GatewayClient>>();
  return async (nick: string): Promise<GatewayClient> => {
    const current = await open.get(nick)?.catch(() => undefined);
    if (current && !current.isClosed()) return current;
    const connecting = connectGateway({
      url: replay.gatewayUrl(),
      token: replay.tokens.get(nick) ?? '',
    });
    open.set(nick, connecting);
    return connecting;
  };
};

/** Sends one day in order, each message until it is acknowledged, repeating with the same key after a lost answer. */
export const replayDay = async (
  replay: Replay,
  day: Day,
): Promise<{ readonly repeats: number }> => {
  const socketOf = sockets(replay);
  let repeats = 0;
  const sendOnce = async (
    { nick, text }: IrcLine,
    key: string,
    overGateway: boolean,
  ): Promise<Message> => {
    if (overGateway) {
      const socket = await socketOf(nick);
      return socket.post(replay.guildId, day.channelId, text, key);
    }
    const token = replay.tokens.get(nick) ?? '';
    return replay.client.post(token, replay.guildId, day.channelId, text, key);
  };
  const send = async (line: IrcLine, index: number): Promise<Message> => {
    const key = randomUUID();
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await sendOnce(line, key, index % GATEWAY_SHARE === 0);
      } catch (error) {
        if (attempt >= TRIES_MAX || !isRetryable(error)) throw error;
        repeats += 1;
        await replay.untilServing();
      }
    }
  };
  for (const [index, line] of day.lines.entries()) {
    replay.onAcknowledged({ message: await send(line, index), sent: line.text });
  }
  return { repeats };
};
