// The only way out: serialises each frame once, bounds it, counts it, and gathers what goes to topics. Several frames
// published in one turn of the event loop share a system call per socket, which quarters the price of a delivery; so when
// frames come faster than one per `gatherMs` they wait for each other, and when idle one goes out at once.
import { type Metrics, type GatewayScope } from '../../application/metrics.ts';
import { type ChannelId, type GuildId } from '../../domain/shared/ids.ts';
import { channelTopic, guildTopic, placedTopic, type Audience } from './audience.ts';
import { createBurst, type Burst } from './burst.ts';
import { type Connection, type GatewayLog } from './connection.ts';
import { frameText, type Frame, type Serialised } from './frame-text.ts';
import { type HeldFor } from './held-frames.ts';
import { type SlowConsumers } from './slow-consumers.ts';
import { type WebSocketPort } from './web-socket-port.ts';

const GATHERED_BYTES_MAX = 256 * 1024;

export type Outbox = {
  /** `place`: where the event stands that the frame tells of; those who want places are told it. */
  readonly toChannel: (channelId: ChannelId, frame: Frame, place?: string) => void;
  readonly toGuild: (guildId: GuildId, frame: Frame, place?: string) => void;
  /**
   * To these sockets only, after everything gathered before. Those that are catching up get it later, if it tells of an
   * event, and never if it tells of the moment; what is for a connection as such is not held back.
   */
  readonly toSome: (
    connections: Iterable<Connection>,
    scope: GatewayScope,
    frame: Frame,
    place?: string,
  ) => void;
  /**
   * To one socket in few system calls, after everything gathered before: takes the frames of one change after the other,
   * each in the moment it is written, until a burst is full. False: there were no more.
   */
  readonly burst: Burst;
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

/** Keeps what tells of an event for those that are catching up. */
const createHolding =
  ({ audience, eventBytesMax }: Dependencies) =>
  (to: HeldFor, hearers: ReadonlySet<Connection>, frame: Frame, place?: string): void => {
    if (place === undefined || audience.held().size === 0) return;
    const text = frameText(frame, place);
    if (Buffer.byteLength(text) > eventBytesMax) return;
    for (const connection of audience.held())
      if (hearers.has(connection)) connection.held?.hold(text, to);
  };

/** Writes one frame to sockets by themselves; each of both kinds of text is made once. */
const createWriting =
  (
    textOf: (scope: GatewayScope, frame: Frame, place?: string) => Serialised | null,
    { slowConsumers }: Dependencies,
    onFull: (connection: Connection, scope: GatewayScope, frame: Frame) => void,
  ) =>
  (receivers: readonly Connection[], scope: GatewayScope, frame: Frame, place?: string): number => {
    const texts = new Map<boolean, Serialised | null>();
    let delivered = 0;
    for (const connection of receivers) {
      const { wantsPlaces, awaitsResume, held, socket } = connection;
      // Who catches up, or is about to, is told of events in their turn, and of the moment when that has come.
      const isForLater = scope !== 'connection' && (held !== null || awaitsResume);
      if (isForLater && (held === null || place === undefined)) continue;
      if (!texts.has(wantsPlaces))
        texts.set(wantsPlaces, textOf(scope, frame, wantsPlaces ? place : undefined));
      const serialised = texts.get(wantsPlaces) ?? null;
      if (serialised === null) continue;
      if (isForLater && held !== null) held.hold(serialised.text, 'named');
      else if (socket.send(serialised.text) === 'dropped') onFull(connection, scope, frame);
      else delivered += 1;
    }
    for (const serialised of texts.values())
      if (serialised !== null) slowConsumers.wrote(serialised.bytes);
    return delivered;
  };

export const createOutbox = (dependencies: Dependencies): Outbox => {
  const { audience, metrics, log, slowConsumers, onSlow, eventBytesMax } = dependencies;
  const gathering = createGathering(dependencies);
  let bytesThisTurn = 0;

  const dropped = (scope: GatewayScope, { t }: Frame, reason: DropReason) => {
    metrics.gatewayDropped(scope, t, reason);
    log.warn({ event: `${FANOUT_EVENT[scope]}.${reason}`, event_type: t });
  };
  const textOf = (scope: GatewayScope, frame: Frame, place?: string): Serialised | null => {
    const text = frameText(frame, place);
    const bytes = Buffer.byteLength(text);
    bytesThisTurn += bytes;
    if (bytes <= eventBytesMax) return { text, bytes };
    dropped(scope, frame, 'oversized_outbound');
    return null;
  };
  const publish = (topic: string, scope: GatewayScope, frame: Frame, place?: string) => {
    const { plain, placed } = audience.listeners(topic);
    for (const [name, deliveries, told] of [
      [topic, plain, undefined],
      [placedTopic(topic), placed, place],
    ] as const) {
      const serialised = deliveries === 0 ? null : textOf(scope, frame, told);
      if (serialised === null) continue;
      gathering.publish(name, serialised.text, serialised.bytes);
      metrics.gatewayEmitted(scope, frame.t, deliveries);
    }
  };
  const hold = createHolding(dependencies);
  const onFull = (connection: Connection, scope: GatewayScope, frame: Frame) => {
    dropped(scope, frame, 'full_queue');
    onSlow(connection);
  };
  const write = createWriting(textOf, dependencies, onFull);
  const { flush, settle } = gathering;
  const burst = createBurst({ ...dependencies, textOf, onFull, flush });

  return {
    toChannel: (channelId, frame, place) => {
      publish(channelTopic(channelId), 'channel', frame, place);
      hold({ channelId }, audience.inChannel(channelId), frame, place);
    },
    toGuild: (guildId, frame, place) => {
      publish(guildTopic(guildId), 'guild', frame, place);
      hold({ guildId }, audience.inGuild(guildId), frame, place);
    },
    toSome: (connections, scope, frame, place) => {
      const receivers = [...connections].filter(({ isClosed }) => !isClosed);
      if (receivers.length === 0) return;
      gathering.flush();
      const delivered = write(receivers, scope, frame, place);
      if (delivered > 0) metrics.gatewayEmitted(scope, frame.t, delivered);
    },
    burst,
    flush,
    settle,
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
