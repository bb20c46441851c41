// A small gateway client: one socket, frames as they come, commands with a nonce as promises.
import { isLeft } from 'fp-ts/lib/Either.js';
import WebSocket from 'ws';
import { ServerFrame } from '../../application/contract/gateway-frames.ts';
import { type Message } from '../../application/contract/answers.ts';
import { type ChannelId, type GuildId } from '../../domain/shared/ids.ts';

/** The gateway refused a command, or went away before it answered; `retry` says whether asking again makes sense. */
export class GatewayFailure extends Error {
  readonly retry: boolean;
  constructor(message: string, retry: boolean) {
    super(message);
    this.retry = retry;
  }
}

type Waiting = {
  readonly done: (message: Message) => void;
  readonly failed: (error: Error) => void;
};

export const connectGateway = async ({
  url,
  token,
  onFrame,
}: {
  readonly url: string;
  readonly token: string;
  readonly onFrame?: (frame: ServerFrame) => void;
}) => {
  const socket = new WebSocket(`${url}?access_token=${encodeURIComponent(token)}`);
  const waiting = new Map<string, Waiting>();
  const subscribed = new Map<string, () => void>();
  let closed = false;

  const handle = (frame: ServerFrame) => {
    if (frame.t === 'command_done') waiting.get(frame.d.nonce)?.done(frame.d.message);
    else if (frame.t === 'command_failed') {
      waiting
        .get(frame.d.nonce)
        ?.failed(new GatewayFailure(frame.d.error, frame.d.error === 'unavailable'));
    } else if (frame.t === 'subscribed') subscribed.get(frame.d.channel_id)?.();
    if (frame.t === 'command_done' || frame.t === 'command_failed') waiting.delete(frame.d.nonce);
    onFrame?.(frame);
  };
  socket.on('message', (data: Buffer) => {
    const decoded = ServerFrame.decode(JSON.parse(data.toString('utf8')));
    if (!isLeft(decoded)) handle(decoded.right);
  });
  socket.on('close', () => {
    closed = true;
    for (const { failed } of waiting.values())
      failed(new GatewayFailure('the gateway went away', true));
    waiting.clear();
  });
  await new Promise<void>((resolve, reject) => {
    socket.once('open', resolve);
    socket.once('error', reject);
    socket.once('close', () => reject(new GatewayFailure('closed before it opened', true)));
  });
  socket.on('error', () => {}); // 'close' follows and is what counts.

  const send = (type: string, d: unknown) => socket.send(JSON.stringify({ v: 1, t: type, d }));
  return {
    isClosed: () => closed,
    close: () => socket.terminate(),
    /** Resolves when the server confirms; a forbidden channel is never confirmed (base contract D14). */
    subscribe: (guildId: GuildId, channelId: ChannelId) =>
      new Promise<void>((resolve) => {
        subscribed.set(channelId, resolve);
        send('subscribe', { guild_id: guildId, channel_id: channelId });
      }),
    post: (guildId: GuildId, channelId: ChannelId, content: string, nonce: string) =>
      new Promise<Message>((resolve, reject) => {
        if (closed) {
          reject(new GatewayFailure('the gateway went away', true));
          return;
        }
        waiting.set(nonce, { done: resolve, failed: reject });
        send('message_create', { guild_id: guildId, channel_id: channelId, content, nonce });
      }),
  };
};

export type GatewayClient = Awaited<ReturnType<typeof connectGateway>>;
