// The only way out: serialises each frame once, bounds it, counts it, and gathers what goes to topics. Several frames
// published in one turn of the event loop share a system call per socket, which quarters the price of a delivery; so when
// frames come faster than one per `gatherMs` they wait for each other, and when idle one goes out at once.
import { type Metrics, type GatewayScope } from '../../application/metrics.ts';
import { type ChannelId, type GuildId } from '../../domain/shared/ids.ts';
import { channelTopic, guildTopic, type Audience } from './audience.ts';
import { type Connection, type GatewayLog } from './connection.ts';
import { frameText, type Frame } from './frame-text.ts';
import { type SlowConsumers } from './slow-consumers.ts';
import { type WebSocketPort } from './web-socket-port.ts';

const GATHERED_BYTES_MAX = 256 * 1024;

export type Outbox = {
  readonly toChannel: (channelId: ChannelId, frame: Frame) => void;
  readonly toGuild: (guildId: GuildId, frame: Frame) => void;
  /** To these sockets only, after everything gathered before. */
  readonly toSome: (connections: Iterable<Connection>, scope: GatewayScope, frame: Frame) => void;
  /** Sends what is gathered now: before anyone's subscriptions change, so that each frame finds the audience of its time. */
  readonly flush: () => void;
  /** End of a burst: sends now when idle, else within `gatherMs`. */
  readonly settle: () => void;
  /** Lets the transport write after much was sent in one turn, so that a big batch makes no slow consumers. */
  readonly breathe: () => Promise<void>;
  readonly stop: () => void;
};

type Dependencies = {
  readonly port: WebSocketPort;
  readonly audience: Audience;
  readonly metrics: Metrics;
  readonly log: GatewayLog;
  readonly slowConsumers: SlowConsumers;
  readonly onSlow: (connection: Connection) => void;
  readonly eventBytesMax: number;
  readonly outboundBytesMax: number;
  readonly gatherMs: number;
  readonly monotonic: () => number;
};

/** The frames waiting to be published; `publish` and `flush` keep their order. */
const createGathering = (dependencies: Dependencies) => {
  const { port, slowConsumers, outboundBytesMax, gatherMs, monotonic } = dependencies;
  const bytesMax = Math.min(GATHERED_BYTES_MAX, outboundBytesMax / 4);
  let gathered: { readonly topic: string; readonly text: string }[] = [];
  let gatheredBytes = 0;
  let flushedAt = -gatherMs;
  let timer: NodeJS.Timeout | null = null;

  const flush = () => {
    if (timer !== null) clearTimeout(timer);
    timer = null;
    if (gathered.length === 0) return;
    slowConsumers.beforeWriting();
    const frames = gathered;
    const bytes = gatheredBytes;
    gathered = [];
    gatheredBytes = 0;
    for (const { topic, text } of frames) port.publish(topic, text);
    flushedAt = monotonic();
    slowConsumers.wrote(bytes);
  };
  return {
    bytesMax,
    flush,
    settle: () => {
      if (monotonic() - flushedAt >= gatherMs) flush();
    },
    publish: (topic: string, text: string, bytes: number) => {
      if (gatheredBytes + bytes > bytesMax) flush();
      gathered.push({ topic, text });
      gatheredBytes += bytes;
      timer ??= setTimeout(flush, gatherMs);
    },
  };
};

type DropReason = 'oversized_outbound' | 'full_queue';

// How base contract 6.4 names what goes out, by whom it is for.
const FANOUT_EVENT: Readonly<Record<GatewayScope, string>> = {
  connection: 'gateway.fanout_dispatch',
  channel: 'gateway.fanout_dispatch',
  guild: 'gateway.guild_fanout',
  user: 'gateway.user_fanout',
};

export const createOutbox = (dependencies: Dependencies): Outbox => {
  const { audience, metrics, log, slowConsumers, onSlow, eventBytesMax } = dependencies;
  const gathering = createGathering(dependencies);
  let bytesThisTurn = 0;

  const dropped = (scope: GatewayScope, { t }: Frame, reason: DropReason) => {
    metrics.gatewayDropped(scope, t, reason);
    log.warn({ event: `${FANOUT_EVENT[scope]}.${reason}`, event_type: t });
  };
  const textOf = (scope: GatewayScope, frame: Frame): { text: string; bytes: number } | null => {
    const text = frameText(frame);
    const bytes = Buffer.byteLength(text);
    bytesThisTurn += bytes;
    if (bytes <= eventBytesMax) return { text, bytes };
    dropped(scope, frame, 'oversized_outbound');
    return null;
  };
  const publish = (topic: string, scope: GatewayScope, deliveries: number, frame: Frame) => {
    if (deliveries === 0) return;
    const serialised = textOf(scope, frame);
    if (serialised === null) return;
    gathering.publish(topic, serialised.text, serialised.bytes);
    metrics.gatewayEmitted(scope, frame.t, deliveries);
  };

  return {
    toChannel: (channelId, frame) =>
      publish(channelTopic(channelId), 'channel', audience.inChannel(channelId).size, frame),
    toGuild: (guildId, frame) =>
      publish(guildTopic(guildId), 'guild', audience.inGuild(guildId).size, frame),
    toSome: (connections, scope, frame) => {
      const receivers = [...connections].filter(({ isClosed }) => !isClosed);
      if (receivers.length === 0) return;
      gathering.flush();
      const serialised = textOf(scope, frame);
      if (serialised === null) return;
      let delivered = 0;
      for (const connection of receivers) {
        if (connection.socket.send(serialised.text) === 'dropped') {
          dropped(scope, frame, 'full_queue');
          onSlow(connection);
        } else delivered += 1;
      }
      if (delivered > 0) metrics.gatewayEmitted(scope, frame.t, delivered);
      slowConsumers.wrote(serialised.bytes);
    },
    flush: gathering.flush,
    settle: gathering.settle,
    breathe: async () => {
      if (bytesThisTurn < gathering.bytesMax) return;
      bytesThisTurn = 0;
      gathering.flush();
      await new Promise(setImmediate);
    },
    stop: () => {
      gathering.flush();
      slowConsumers.stop();
    },
  };
};
